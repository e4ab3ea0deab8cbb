import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { queuedEventSchema } from "../events/catalogue.ts";
import { orderNoticeSchema, toNotice } from "../events/order-notice.ts";
import { journalEntry, orderEvent, productEvent, testItem, testRefund } from "../testing/events.ts";
import { quickCheck } from "./quick-check.ts";

const asSent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const entry = {
  ...journalEntry(2, "confirmed"),
  stock: [{ sku: "PROD-1", quantity: 2, effect: "held" as const }],
  money: { effect: "captured" as const, amount_minor: 2_000, currency: "EUR" },
};
const failure = { code: "out_of_stock" as const, detail: "gone", lines: [{ sku: "PROD-1", requested: 2, available: null }] };
const cancellation = { reason: null, requested_at: entry.at };
const whole = { order: { metadata: { note: "gift" }, cancellation, hold_expires_at: entry.at }, settled: true } as const;
const orderEvents = [
  orderEvent({ ...whole, journal: [journalEntry(1), entry], payment: { refunds: [testRefund(1)] } }),
  orderEvent({ type: "holdfast.order.failed.v1", order: { failure, items: [testItem(), testItem({ name: null })] }, payment: {} }),
];
const sent = [
  ...[...orderEvents, productEvent()].map((event) => ({ schema: queuedEventSchema, event: asSent(event) })),
  ...orderEvents.map((event) => ({ schema: orderNoticeSchema, event: asSent(toNotice(event)) })),
];

test.each(sent)("quickCheck is sure of what our actors write (%#)", ({ schema, event }) => {
  expect(quickCheck(schema)(event)).toBe(true);
});

/** Every place in a value. */
function placesOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => placesOf(member, [...path, name]))];
}

/** The value with something else in that place; `undefined` takes the member away, as JSON does. */
function changed(value: unknown, [name, ...path]: readonly (string | number)[], to: unknown): unknown {
  if (name === undefined) return to;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[name] = changed(copy[name], path, to);
  return asSent(copy);
}

const odd = [
  undefined,
  null,
  "",
  "x",
  -1,
  0,
  1.5,
  2 ** 53,
  true,
  [],
  {},
  { a: 1 },
  ["x"],
  "2026-11-21T00:00:00.000Z",
  "holdfast.order.updated.v1",
];

test("quickCheck never says that something is right which the schema does not answer as it is", () => {
  const cases = sent.flatMap(({ schema, event }) => placesOf(event).map((path) => ({ schema, isRight: quickCheck(schema), event, path })));
  let refused = 0;
  for (const { schema, isRight, event, path } of cases) {
    for (const to of odd) {
      const value = changed(event, path, to);
      const parsed = schema.safeParse(value);
      if (isRight(value)) expect(parsed, `${path.join(".")} = ${JSON.stringify(to)}`).toEqual({ success: true, data: value });
      else refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(cases.length * 5);
});

const named = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("x") }),
  z.object({ kind: z.enum(["y", "z"]), more: z.uuid().optional() }),
]);
const arbitrary = fc.oneof(
  fc.constantFrom<unknown>(
    "ab",
    "abcd",
    1,
    1.5,
    2,
    5,
    6,
    [true],
    [],
    [true, false, true],
    { k: 1 },
    { k: -1 },
    { kind: "x" },
    { kind: "w" },
  ),
  fc.record({ kind: fc.constantFrom("x", "y"), more: fc.oneof(fc.uuid(), fc.string()) }, { requiredKeys: ["kind"] }),
  fc.jsonValue(),
);

test.each<[string, z.ZodType]>([
  ["texts of some length", z.string().min(2).max(3).optional()],
  ["numbers between two others", z.number().gt(1).lt(6).nullable()],
  ["whole numbers", z.int().min(2).max(5)],
  ["lists of some length", z.array(z.boolean()).min(1).max(2)],
  ["records", z.record(z.string(), z.int().min(0))],
  ["what names its kind", named],
])("quickCheck never takes a value for right that is not, whatever JSON says: %s", (_what, schema) => {
  const isRight = quickCheck(schema);
  let [right, wrong] = [0, 0];
  fc.assert(
    fc.property(arbitrary, (value) => {
      if (isRight(value)) expect(schema.parse(value)).toEqual(value);
      if (isRight(value)) right += 1;
      else wrong += 1;
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(right, wrong)).toBeGreaterThan(0);
});

describe("quickCheck leaves to the schema", () => {
  const unsure: readonly (readonly [string, z.ZodType, unknown])[] = [
    ["a member that it does not know", z.object({ a: z.string() }), { a: "x", b: 1 }],
    ["a default to be filled in", z.object({ a: z.string().default("x") }), {}],
    ["a member named __proto__", z.record(z.string(), z.number()), JSON.parse('{"__proto__":1}')],
    ["strict and loose objects", z.strictObject({ a: z.string() }), { a: "x" }],
    ["a format that is more than a pattern", z.url(), "https://example.com"],
    ["a refinement", z.string().refine(() => true), "x"],
    ["a transformation", z.string().trim(), "x"],
    ["a plain union", z.union([z.string(), z.number()]), "x"],
    ["a record of named members", z.record(z.enum(["a"]), z.number()), { a: 1 }],
    ["a pattern with a memory", z.string().regex(/x/g), "x"],
    ["numbers of other formats", z.int32(), 1],
    ["types that JSON has not", z.date(), new Date(0)],
  ];
  it.each(unsure)("%s", (_what, schema, value) => {
    expect(quickCheck(schema)(value)).toBe(false);
    expect(schema.safeParse(value).success).toBe(true);
  });
});
