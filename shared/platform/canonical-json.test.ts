import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

test.each([
  ["members in order", { b: 1, a: { d: [{ f: 1, e: 2 }], c: null } }, '{"a":{"c":null,"d":[{"e":2,"f":1}]},"b":1}'],
  ["code units, not letters", { é: 1, z: 2, Z: 3, 10: 4, 9: 5 }, '{"10":4,"9":5,"Z":3,"z":2,"é":1}'],
  ["what is undefined left out of objects and null in lists", { a: undefined, b: [undefined] }, '{"b":[null]}'],
  ["a member called __proto__", JSON.parse('{"b":1,"__proto__":{"c":2}}'), '{"__proto__":{"c":2},"b":1}'],
  ["numbers that JSON has not", [Infinity, -0, 1e21], "[null,0,1e+21]"],
  ["a text", 'a"\n\u2028', '"a\\"\\n\u2028"'],
  ["an empty object and list", { a: {}, b: [] }, '{"a":{},"b":[]}'],
])("canonicalJson: %s", (_what, value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("canonicalJson says what JSON says, and the same whatever the order of members", () => {
  const reversed = (_name: string, member: unknown): unknown =>
    typeof member === "object" && member !== null && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).reverse()) : member;
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(JSON.stringify(value, reversed)))).toBe(text);
    }),
  );
});
