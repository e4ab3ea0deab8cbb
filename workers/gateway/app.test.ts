/** Whatever is sent, the gateway answers with something it meant to answer. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problems } from "../../shared/errors/codes.ts";
import {
  changed,
  customerKey,
  fakeApp,
  fakeRequestRecord,
  operatorKey,
  stockLevels,
  wireOrder,
  wireProduct,
  wireRefund,
  wireReturn,
} from "./testing/fake-ports.ts";

const app = fakeApp({
  orderActor: {
    ...fakeRequestRecord(),
    placeOrder: () => Promise.resolve({ kind: "settled", replayed: false, order: wireOrder, requestId: "req" }),
    getOrder: () => Promise.resolve(null),
    getTimeline: () => Promise.resolve(null),
    getPayment: () => Promise.resolve(null),
    changeOrder: () => Promise.resolve({ ...changed, refund: wireRefund, return: wireReturn }),
  },
  stockActor: {
    getProduct: () => Promise.resolve(wireProduct),
    getLevels: () => Promise.resolve(stockLevels),
    putProduct: () => Promise.resolve({ created: false, product: wireProduct }),
    receive: () => Promise.resolve({ ok: true, levels: stockLevels }),
    reserve: () => Promise.resolve({ ok: false, code: "out_of_stock", available: 0 }),
    release: () => Promise.resolve({ ok: true, levels: stockLevels }),
  },
  notifications: { notify: () => Promise.reject(Object.assign(new Error("no answer"), { name: "OperatingError" })) },
  listOrders: () => Promise.resolve({ ok: true, data: [], nextCursor: null }),
  listProducts: () => Promise.resolve({ ok: false, code: "invalid_cursor" }),
  checkHealth: () => Promise.resolve({ status: "healthy", service: "gateway", dependencies: {}, timestamp: "2026-11-21T09:30:00.000Z" }),
  metricsActor: { render: () => Promise.resolve("") },
  assets: () => Promise.resolve(new Response(null, { status: 404 })),
});

const methods = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW");
const segment = fc.oneof(
  fc.constantFrom("v1", "orders", "products", "inventory", "reserve", "release", "receive", "notify", "timeline", "PROD-1", wireOrder.id),
  fc.constantFrom("payments", "cancel", "refunds", "fulfil", "returns", wireOrder.id.replace("ord_", "pay_")),
  fc.constantFrom("", ".", "..", "%", "%2e", "%00", "%ff", "*", ":id", "{id}", "health", "metrics", "docs", "console", "openapi.json"),
  fc.string({ unit: "binary", maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const paths = fc.oneof(
  fc.constantFrom(
    "/v1/orders",
    "/v1/products/PROD-1",
    "/v1/inventory/PROD-1/receive",
    "/v1/inventory/reserve",
    "/v1/inventory/release",
    "/v1/notify",
  ),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
);
const queries = fc.oneof(
  fc.constant(""),
  fc.webQueryParameters().map((query) => `?${query}`),
  fc.tuple(fc.constantFrom("limit", "status", "cursor"), fc.webQueryParameters()).map(([name, value]) => `?${name}=${value}`),
);
/** Header values that a client could put on the wire: bytes without CR, LF and NUL. */
const headerValue = fc.string({
  unit: fc
    .integer({ min: 1, max: 255 })
    .filter((code) => code !== 10 && code !== 13)
    .map((code) => String.fromCharCode(code)),
});
const header = (...usual: readonly string[]) => fc.option(fc.oneof(fc.constantFrom(...usual), headerValue), { nil: undefined });
const headers = fc.record({
  Authorization: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(`Bearer ${customerKey}`, `Bearer ${operatorKey}`) },
    { weight: 1, arbitrary: header("Bearer x") },
  ),
  "Idempotency-Key": header("key-1", '"key-1"', '"'),
  "Content-Type": header("application/json", "application/json; charset=utf-8", "text/plain", "application/json;"),
  "X-Request-Id": header("req"),
  "X-Correlation-Id": header("journey"),
  "If-None-Match": header("*"),
});
const almostOrder = fc.record(
  {
    items: fc.oneof(
      fc.jsonValue(),
      fc.array(fc.record({ sku: fc.oneof(fc.constant("PROD-1"), fc.string()), quantity: fc.oneof(fc.integer(), fc.double()) })),
    ),
    payment_method: fc.oneof(fc.constant("pm_card_visa"), fc.string()),
    expected_total_minor: fc.jsonValue(),
    metadata: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString")), fc.string()),
    quantity: fc.integer(),
    reservation_id: fc.string(),
    __proto__: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const bodies = fc.oneof(
  fc.constant(undefined),
  fc.json(),
  almostOrder.map((body) => JSON.stringify(body)),
  fc.constantFrom(
    '{"items":[{"sku":"PROD-1","quantity":1}],"payment_method":"pm_card_visa"}',
    '{"quantity":5}',
    '{"sku":"A","quantity":1,"reservation_id":"r"}',
  ),
  fc.constantFrom(
    `{"order_id":"${wireOrder.id}","payment_method":"pm_card_visa"}`,
    '{"reason":"damaged","amount_minor":1}',
    '{"items":[{"sku":"PROD-1","quantity":1}]}',
    "{}",
    '{"name":"One","price_minor":1,"currency":"EUR"}',
    '{"recipient":"a","subject":"b","message":"c"}',
    '{"__proto__":null}',
    "1e999",
    '"\\ud800"',
  ),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
);

async function answerTo([method, path, sentHeaders, body]: readonly [
  string,
  string,
  Record<string, string | undefined>,
  string | Uint8Array | undefined,
]) {
  const defined = Object.entries(sentHeaders).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const hasBody = body !== undefined && method !== "GET" && method !== "HEAD";
  const request = new Request(`http://gateway${path}`, { method, headers: defined, ...(hasBody && { body: body as BodyInit }) });
  return await app.fetch(request);
}

async function expectMeant(response: Response): Promise<void> {
  expect(response.status).not.toBe(500);
  expect(response.headers.get("X-Request-Id")).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
  if (response.status < 400) return;
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const text = await response.text();
  if (text === "") return;
  const problem = JSON.parse(text) as { code: keyof typeof problems; status: number };
  expect(problem.status).toBe(response.status);
  expect(problems[problem.code].status).toBe(response.status);
}

describe("createApp", () => {
  test("no request, however made, is answered with 500 or with anything but a problem", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(
          methods,
          fc.tuple(paths, queries).map((parts) => parts.join("")),
          headers,
          bodies,
        ),
        async (request) => {
          await expectMeant(await answerTo(request));
        },
      ),
      { numRuns: 3_000, seed: 20_261_121 },
    );
  });

  test("no body, however made, is answered with 500 where bodies are read", async () => {
    const routes = fc.constantFrom(
      ["POST", "/v1/orders"],
      ["PUT", "/v1/products/PROD-1"],
      ["POST", "/v1/inventory/PROD-1/receive"],
      ["POST", "/v1/inventory/reserve"],
      ["POST", "/v1/notify"],
      ["POST", "/v1/payments"],
      ...["cancel", "refunds", "fulfil", "returns"].map((action) => ["POST", `/v1/orders/${wireOrder.id}/${action}`]),
    );
    const good = { Authorization: `Bearer ${operatorKey}`, "Content-Type": "application/json" };
    await fc.assert(
      fc.asyncProperty(routes, fc.uuid(), bodies, async ([method = "", path = ""], key, body) => {
        await expectMeant(await answerTo([method, path, { ...good, "Idempotency-Key": key }, body]));
      }),
      { numRuns: 3_000, seed: 20_261_121 },
    );
  });
});
