import { describe, expect, test, vi } from "vitest";
import { fakeApp, fakeOrderActor, problemOf, send, wireOrder } from "../testing/fake-ports.ts";
import { maxBodyBytes, maxNesting } from "./read-json-body.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
/** A JSON text of exactly so many bytes. */
const ofSize = (bytes: number): string => `"${"x".repeat(bytes - 2)}"`;

const post = async (body: unknown, contentType?: string) => {
  const headers = contentType === undefined ? {} : { "Content-Type": contentType };
  const response = await send(fakeApp(), ["POST", "/v1/orders"], { body, headers });
  return { status: response.status, code: (await problemOf(response))["code"] };
};

describe("readJsonBody", () => {
  test.each([
    ["empty", "", "malformed_json"],
    ["cut off", '{"items":[', "malformed_json"],
    ["not JSON", "items=1", "malformed_json"],
    ["a trailing comma", '{"a":1,}', "malformed_json"],
    ["NaN", "NaN", "malformed_json"],
    ["invalid UTF-8", new Uint8Array([0x22, 0xff, 0xfe, 0x22]), "malformed_json"],
    ["an overlong encoding", new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), "malformed_json"],
    ["17 levels", nested(maxNesting + 1), "nesting_too_deep"],
    ["17 levels of objects", '{"a":'.repeat(maxNesting) + "{}" + "}".repeat(maxNesting), "nesting_too_deep"],
    ["30,000 levels", nested(30_000), "nesting_too_deep"],
  ])("%s is refused with 400 %s", async (_name, body, code) => {
    expect(await post(body)).toEqual({ status: 400, code });
  });

  test("16 levels are read, and are then not an order", async () => {
    expect(await post(nested(maxNesting))).toEqual({ status: 422, code: "validation_failed" });
  });

  test("64 KiB are read and one byte more is refused with 413", async () => {
    expect(await post(ofSize(maxBodyBytes))).toEqual({ status: 422, code: "validation_failed" });
    expect(await post(ofSize(maxBodyBytes + 1))).toEqual({ status: 413, code: "payload_too_large" });
  });

  test.each([
    ["small enough, is read", { "Content-Length": "2" }, 2, 422],
    ["the largest there may be, is read", { "Content-Length": String(maxBodyBytes) }, maxBodyBytes, 422],
    ["too large, is refused unread", { "Content-Length": String(maxBodyBytes + 1) }, maxBodyBytes + 1, 413],
    ["small, but in chunks, is counted", { "Content-Length": "2", "Transfer-Encoding": "chunked" }, maxBodyBytes + 1, 413],
  ])("a length that is declared: %s", async (_what, declared, bytes, status) => {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": "k", Authorization: "Bearer customer-key", ...declared };
    const request = new Request("http://gateway/v1/orders", { method: "POST", body: ofSize(bytes), headers });
    expect([request.headers.get("Content-Length"), (await fakeApp().request(request)).status]).toEqual([
      declared["Content-Length"],
      status,
    ]);
  });

  test("the bytes are counted while they come: an endless body is refused", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024).fill(0x20));
      },
    });
    const init = { method: "POST", body: endless, duplex: "half", headers: { "Content-Type": "application/json", "Idempotency-Key": "k" } };
    const request = new Request("http://gateway/v1/orders", init);
    request.headers.set("Authorization", "Bearer customer-key");
    const response = await fakeApp().request(request);
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(70);
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "application/merge-patch+json",
    "application/json; charset=latin1",
    "json",
    "",
    "multipart/form-data; boundary=x",
  ])("Content-Type %j is refused with 415", async (contentType) => {
    expect(await post("{}", contentType)).toEqual({ status: 415, code: "unsupported_media_type" });
  });

  test.each(["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", 'application/json; charset="utf-8"'])(
    "Content-Type %j is read",
    async (contentType) => {
      expect(await post("{}", contentType)).toEqual({ status: 422, code: "validation_failed" });
    },
  );

  test.each([
    ["an encoded body", { "Content-Encoding": "gzip" }, "The body must not be encoded: Content-Encoding can only be identity"],
    [
      "another charset",
      { "Content-Type": "application/json; charset=iso-8859-1" },
      "The body must be UTF-8: the only parameter Content-Type can have is charset=utf-8",
    ],
    ["another type", { "Content-Type": "text/plain", "Content-Encoding": "gzip" }, undefined],
  ])("%s is refused with 415, which says what is wrong about it when it is JSON", async (_what, headers, detail) => {
    const response = await send(fakeApp(), ["POST", "/v1/orders"], { body: "{}", headers });
    const problem = await problemOf(response);
    expect([response.status, problem["code"], problem["detail"]]).toEqual([415, "unsupported_media_type", detail]);
  });

  test("a member named __proto__ is only a name that is not known", async () => {
    const body = '{"__proto__":{"payment_method":"pm_card_visa"},"items":[{"sku":"A","quantity":1}]}';
    expect(await post(body)).toEqual({ status: 422, code: "validation_failed" });
    expect(({} as Record<string, unknown>)["payment_method"]).toBeUndefined();
  });

  test("invalid UTF-8 has no mercy in a valid envelope", async () => {
    const bytes = utf8('{"a":"?"}').map((byte) => (byte === 0x3f ? 0xff : byte));
    expect(await post(bytes)).toEqual({ status: 400, code: "malformed_json" });
  });
});

describe("readOptionalJsonBody", () => {
  const cancelPath = `/v1/orders/${wireOrder.id}/cancel`;
  const cancel = async (body?: unknown, headers?: Record<string, string>) => {
    const actor = fakeOrderActor();
    const response = await send(fakeApp({ orderActor: actor }), ["POST", cancelPath], { body, ...(headers && { headers }) });
    return { status: response.status, request: vi.mocked(actor.beginRequest).mock.calls[0]?.[0].request };
  };

  test("no body and no Content-Type is {}, the same request as {} itself", async () => {
    const nothing = await cancel();
    expect(nothing).toEqual({ status: 200, request: { method: "POST", path: cancelPath, body: "{}" } });
    expect(await cancel({})).toEqual(nothing);
  });

  test.each([
    ["a body that is none", '{"reason":1}', { "Content-Type": "application/json" }, 422],
    ["an empty body that claims to be JSON", "", { "Content-Type": "application/json" }, 400],
    ["an empty body of another type", "", { "Content-Type": "text/plain" }, 415],
    ["a body too large", ofSize(maxBodyBytes + 1), { "Content-Type": "application/json" }, 413],
  ])("%s is refused", async (_name, body, headers, status) => {
    expect(await cancel(body, headers)).toEqual({ status, request: undefined });
  });

  test.each([
    ["something", 2, 415],
    ["far too much", maxBodyBytes + 1, 413],
  ])("%s without a Content-Type is refused", async (_name, bytes, status) => {
    const headers = { Authorization: "Bearer customer-key", "Idempotency-Key": "k" };
    const request = new Request(`http://gateway${cancelPath}`, { method: "POST", body: new Uint8Array(bytes), headers });
    expect(request.headers.get("Content-Type")).toBeNull();
    expect((await fakeApp().request(request)).status).toBe(status);
  });
});

describe("texts that cannot be kept", () => {
  test.each([
    ["U+0000 in a value", '{"name":"a\\u0000b"}', "name"],
    ["half of a surrogate pair in a list", '{"items":["\\ud800"]}', "items.0"],
    ["U+0000 in a member's name", '{"metadata":{"\\u0000":"a"}}', "metadata"],
    ["a member called __proto__", '{"metadata":{"__proto__":"x"}}', "metadata.__proto__"],
  ])("%s is refused and named", async (_name, body, field) => {
    const response = await send(fakeApp(), ["POST", "/v1/orders"], { body });
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({ code: "validation_failed", errors: [{ field }] });
  });
});
