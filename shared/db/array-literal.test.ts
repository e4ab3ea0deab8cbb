import { PGlite } from "@electric-sql/pglite";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { arrayLiteral, jsonArrayLiteral } from "./array-literal.ts";

let pglite: PGlite;
beforeAll(async () => {
  pglite = await PGlite.create();
}, 60_000);
afterAll(() => pglite.close());

/** What Postgres reads out of a literal. */
async function read<Value>(literal: string, type: string): Promise<Value[]> {
  const { rows } = await pglite.query<{ value: Value }>(`select value from unnest($1::text::${type}[]) as value`, [literal]);
  return rows.map(({ value }) => value);
}

const odd = [
  "\u0000",
  "\\",
  '"',
  "\n",
  "\t",
  "\u001f",
  "u0000",
  "\ud83d",
  "\ude00",
  "{",
  "}",
  ",",
  " ",
  "null",
  "NULL",
  "a",
  "é",
  "\u2028",
];
const texts = fc.array(fc.array(fc.constantFrom(...odd)).map((pieces) => pieces.join("")));
const storable = (text: string): string => text.toWellFormed().replaceAll("\u0000", "\ufffd");

test("arrayLiteral is every text as it was, but for U+0000 and halves of surrogate pairs", async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (values) => {
      expect(await read(arrayLiteral(values), "text")).toEqual(values.map(storable));
    }),
  );
});

test("arrayLiteral keeps numbers, booleans, moments, empty texts, and what is not there", async () => {
  expect(await read(arrayLiteral([Number.MAX_SAFE_INTEGER, 0, null]), "bigint")).toEqual([Number.MAX_SAFE_INTEGER, 0, null]);
  expect(await read(arrayLiteral([0.5, 1e-7, undefined]), "double precision")).toEqual([0.5, 1e-7, null]);
  expect(await read(arrayLiteral([true, false]), "boolean")).toEqual([true, false]);
  expect(await read(arrayLiteral(["2026-11-21T00:00:00.123Z"]), "timestamp(3) with time zone")).toEqual([
    new Date("2026-11-21T00:00:00.123Z"),
  ]);
  expect(await read(arrayLiteral(["", null, "null", "NULL"]), "text")).toEqual(["", null, "null", "NULL"]);
  expect(await read(arrayLiteral([]), "text")).toEqual([]);
});

test.each(["json", "jsonb"])("jsonArrayLiteral is every value as %s has it, null and undefined being Postgres's null", async (type) => {
  const values = texts.map((list) => list.map((text) => ({ [text]: [text, { deep: [1.5, true, null, text] }] })));
  await fc.assert(
    fc.asyncProperty(values, async (given) => {
      expect(await read(jsonArrayLiteral(given), type)).toEqual(given.map(storableWhole));
    }),
  );
  expect(await read(jsonArrayLiteral([null, undefined, {}, "null", 1]), type)).toEqual([null, null, {}, "null", 1]);
});

/** As it should be stored, member for member, names too. */
function storableWhole(value: unknown): unknown {
  if (typeof value === "string") return storable(value);
  if (Array.isArray(value)) return value.map(storableWhole);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [storable(name), storableWhole(member)]));
}
