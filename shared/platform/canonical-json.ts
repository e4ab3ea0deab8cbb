/**
 * JSON with the members of every object in code-unit order, so that equal values have equal texts (as RFC 8785 orders them).
 *
 * @param value What JSON can say (no `toJSON`): written as `JSON.stringify` writes it, undefined members left out.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value) ?? "null";
}

/** undefined for what JSON cannot say. Written by hand: `JSON.stringify` with a replacer takes twice the time. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((member) => textOf(member) ?? "null").join(",")}]`;
  let members = "";
  for (const name of Object.keys(value).sort()) {
    const text = textOf((value as Record<string, unknown>)[name]);
    if (text !== undefined) members += `${members === "" ? "" : ","}${JSON.stringify(name)}:${text}`;
  }
  return `{${members}}`;
}
