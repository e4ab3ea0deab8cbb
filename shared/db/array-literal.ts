/**
 * Values as the text of a Postgres array, one column of many rows. Quoted elements differ from JSON's strings in their escapes alone: a
 * backslash stands for the character after it, so only quotes and backslashes have one, and everything else is written as it is.
 * https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
import { storableJson } from "./storable-json.ts";

/**
 * Texts, numbers, booleans and null. Postgres takes no U+0000 and no half of a surrogate pair; both are kept as U+FFFD, as in
 * `storableJson`.
 */
export function arrayLiteral(values: readonly unknown[]): string {
  const json = JSON.stringify(values);
  return inBraces(json.includes("\\") ? json.replace(jsonEscapes, toArrayEscape) : json);
}

/** Values that each become JSON; null and undefined are Postgres's null. @throws TypeError and RangeError, as `storableJson`. */
export const jsonArrayLiteral = (values: readonly unknown[]): string =>
  // JSON's own text has no other characters to escape than quotes and backslashes.
  inBraces(JSON.stringify(values.map((value) => (value === null || value === undefined ? null : storableJson(value)))));

const inBraces = (json: string): string => `{${json.slice(1, -1)}}`;

const jsonEscapes = /\\(?:u[0-9a-f]{4}|.)/g;

function toArrayEscape(escape: string): string {
  if (escape === '\\"' || escape === "\\\\") return escape;
  const character = JSON.parse(`"${escape}"`) as string;
  return character === "\u0000" ? "\ufffd" : character.toWellFormed();
}
