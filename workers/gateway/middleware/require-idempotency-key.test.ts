import { describe, expect, test } from "vitest";
import { fakeApp, problemOf, send } from "../testing/fake-ports.ts";
import { parseIdempotencyKey } from "./require-idempotency-key.ts";

describe("requireIdempotencyKey", () => {
  test.each([
    ["k", "k"],
    ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ["x".repeat(255), "x".repeat(255)],
    ['a"b', 'a"b'],
    ['"quoted"', "quoted"],
    [`"${"x".repeat(255)}"`, "x".repeat(255)],
    [String.raw`"with \"quotes\" and \\"`.replaceAll(" ", "-"), String.raw`with-"quotes"-and-\ `.trim()],
    ["", null],
    ['""', null],
    ['"', null],
    ['"open', null],
    ['"a"b"', null],
    [String.raw`"bad\escape"`, null],
    ["x".repeat(256), null],
    [`"${"x".repeat(256)}"`, null],
    ["two words", null],
    ["a, b", null],
    ["tab\there", null],
    ["caf\u00e9", null],
  ])("%j is the key %j", (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test.each([
    ["missing", null, "idempotency_key_missing"],
    ["two of them", "a, b", "idempotency_key_invalid"],
    ["empty", "", "idempotency_key_invalid"],
  ])("%s is refused with 400 before the body is read", async (_name, idempotencyKey, code) => {
    const response = await send(fakeApp(), ["POST", "/v1/orders"], { idempotencyKey, body: "not json" });
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code });
  });
});
