import fc from "fast-check";
import { expect, test } from "vitest";
import { toStorableBody } from "./storable-body.ts";
import { storableJson } from "./storable-json.ts";

test("storableJson changes nothing but U+0000 and halves of surrogate pairs, in members' names too", () => {
  expect(JSON.parse(storableJson({ "a\u0000": "\\u0000 \\\u0000 \udc00 \ud83d\ude00" }))).toEqual({
    "a\ufffd": "\\u0000 \\\ufffd \ufffd 😀",
  });
  const pieces = fc.array(fc.constantFrom("\u0000", "\\", "u0000", "ud800", "\ud83d", "\ude00", '"', "a", "\n"));
  fc.assert(
    fc.property(pieces, (texts) => {
      const text = texts.join("");
      expect(JSON.parse(storableJson([text]))).toEqual([text.toWellFormed().replaceAll("\u0000", "\ufffd")]);
    }),
  );
});

const cycle: unknown[] = [];
cycle.push(cycle);
const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

test.each([
  ["JSON as it is", { a: [1, null, "x"] }, { a: [1, null, "x"] }],
  ["a text as a text", "not json", "not json"],
  ["nothing as null", undefined, null],
  ["bytes as base64", new Uint8Array([0, 255]).buffer, { base64: "AP8=" }],
  ["a view as only its bytes", new Uint8Array([1, 2, 3]).subarray(1, 2), { base64: "Ag==" }],
  ["a BigInt as text", { n: 1n }, { n: "1n" }],
  ["a cycle as its kind", cycle, { text: "[object Array]" }],
  ["what JSON leaves out as its kind", () => 1, { text: "[object Function]" }],
  ["a date as JSON has it", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["nesting at the limit as it is", JSON.parse(deep(500)), JSON.parse(deep(500))],
  ["deeper nesting as text", JSON.parse(deep(501)), { text: deep(501) }],
  ["brackets in a text as no nesting", deep(600), deep(600)],
])("toStorableBody keeps %s", (_what, body, expected) => {
  expect(toStorableBody(body)).toEqual(expected);
});
