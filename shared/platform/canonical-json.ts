/** JSON with the members of every object in code-unit order, so that equal values have equal texts (as RFC 8785 orders them). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (isRecord(member) ? sortMembers(member) : member));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function sortMembers(record: Record<string, unknown>): Record<string, unknown> {
  // A null prototype keeps a member named __proto__ a member.
  const sorted = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(record).sort()) sorted[name] = record[name];
  return sorted;
}
