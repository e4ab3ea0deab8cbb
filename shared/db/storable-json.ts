/**
 * JSON that Postgres takes. Its text cannot hold U+0000 and its `jsonb` no half of a surrogate pair, which JSON can both
 * carry: a customer may put them into metadata. They are kept as U+FFFD, for a record with one odd character is better
 * than an order that can never be recorded.
 *
 * @throws TypeError for what JSON cannot say (a cycle, a BigInt), RangeError for nesting too deep to walk.
 */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes("\\") ? json.replace(escapes, toStorable) : json;
}

/**
 * `JSON.stringify` writes both as escapes. An escaped backslash is matched too, as one token, so that the text after it is
 * not taken for an escape.
 */
const escapes = /\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g;

const toStorable = (escape: string): string => (escape === "\\\\" ? escape : "\\ufffd");
