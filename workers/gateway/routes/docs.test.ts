import { describe, expect, test, vi } from "vitest";
import { fakeApp, send } from "../testing/fake-ports.ts";

interface Document {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, unknown>>;
}
interface Operation {
  readonly summary?: string;
  readonly security?: unknown;
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
  readonly responses: Record<
    string,
    { readonly headers?: Record<string, unknown>; readonly content?: Record<string, { readonly schema: { readonly $ref?: string } }> }
  >;
}

const notCalled = () => Promise.reject(new Error("not expected to be called"));
const app = fakeApp({ jobs: { verify: notCalled, publicBaseUrl: "http://gateway", sweep: notCalled } });
const response = await send(app, ["GET", "/openapi.json"], { key: null });
const document: Document = await response.json();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);
const underV1 = operations.filter(({ name }) => name.includes(" /v1/"));

/** Files that pages load; a document of the API has no use for them. */
const files = ["GET /docs/start.js", "GET /docs/vendor/*", "GET /console/*"];

function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => (name === "$ref" ? [String(member)] : refsIn(member)));
}

const resolve = (ref: string): unknown =>
  ref
    .slice("#/".length)
    .split("/")
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);

describe("GET /openapi.json", () => {
  test("is OpenAPI 3.1", () => {
    expect(document.openapi).toBe("3.1.0");
  });

  test("has every route that the app serves, and no other", () => {
    const routes = app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const described = operations.map(({ name }) => name);
    expect(new Set(routes)).toEqual(new Set([...described, ...files]));
  });

  test("every $ref resolves", () => {
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(50);
    expect(refs.filter((ref) => resolve(ref) === undefined)).toEqual([]);
  });

  test.each(underV1)("$name: the key, the problems and what it is", ({ operation }) => {
    expect(operation.summary).toBeTruthy();
    expect(operation.security).toEqual([{ bearerAuth: [] }]);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["401", "500", "503"]));
    for (const [status, response] of Object.entries(operation.responses)) {
      const contentType = Number(status) < 400 ? "application/json" : "application/problem+json";
      expect(response.content?.[contentType]?.schema.$ref).toMatch(/^#\/components\/schemas\//);
    }
  });

  test.each(underV1.filter(({ name }) => name.startsWith("POST")))("$name: the Idempotency-Key is required", ({ operation }) => {
    expect(operation.parameters).toContainEqual(expect.objectContaining({ in: "header", name: "idempotency-key", required: true }));
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["400", "409", "413", "415", "422"]));
  });

  test.each([
    ["POST /v1/orders", 201, ["Location", "Idempotent-Replayed"]],
    ["POST /v1/orders", 202, ["Location", "Retry-After", "Idempotent-Replayed"]],
    ["POST /v1/orders", 400, []],
    ["POST /v1/orders", 401, ["WWW-Authenticate"]],
    ["POST /v1/orders", 402, ["Idempotent-Replayed"]],
    ["POST /v1/orders", 409, ["Location", "Link", "Idempotent-Replayed"]],
    ["POST /v1/orders", 503, ["Retry-After", "Idempotent-Replayed"]],
    ["POST /v1/orders/{id}/cancel", 202, ["Location", "Retry-After"]],
    ["POST /v1/orders/{id}/cancel", 409, ["Location", "Link", "Retry-After", "Idempotent-Replayed"]],
    ["POST /v1/payments", 503, ["Retry-After"]],
    ["POST /v1/notify", 201, ["Idempotent-Replayed"]],
    ["PUT /v1/inventory/{sku}/shards", 200, []],
    ["GET /v1/orders", 200, []],
    ["GET /", 302, ["Location"]],
  ])("%s %i may have the headers %j", (called, status, headers) => {
    const response = operations.find(({ name }) => name === called)?.operation.responses[status];
    expect(response).toBeDefined();
    expect(Object.keys(response?.headers ?? {})).toEqual(headers);
  });

  test.each(["GET /metrics", "POST /webhooks/stripe", "POST /jobs/sweep", "GET /health"])(
    "%s asks for no key, so is never 401",
    (called) => {
      const operation = operations.find(({ name }) => name === called)?.operation;
      expect(Object.keys(operation?.responses ?? {})).toContain("503");
      expect(operation?.responses).not.toHaveProperty("401");
    },
  );

  test("says what any path can be answered", () => {
    for (const told of ["`method_not_allowed`, with `Allow`", "`X-Request-Id`", "`X-Chaos: on`", "`gremlin_invalid`"])
      expect(document.info.description).toContain(told);
  });

  test("names the shapes of the wire", () => {
    expect(Object.keys(document.components["schemas"] ?? {})).toEqual(
      expect.arrayContaining([
        "Order",
        "PlaceOrder",
        "OrderList",
        "Timeline",
        "Payment",
        "Refund",
        "Return",
        "Product",
        "ProductList",
        "Inventory",
        "Reservation",
        "Notification",
        "Health",
        "Problem",
      ]),
    );
    expect(document.components["securitySchemes"]).toEqual({ bearerAuth: { type: "http", scheme: "bearer" } });
  });

  test("metadata has the limits that JSON Schema can tell, and tells of the other", () => {
    const placeOrder = document.components["schemas"]?.["PlaceOrder"] as { properties: Record<string, unknown> };
    expect(placeOrder.properties["metadata"]).toEqual({
      type: "object",
      description: "At most 50 entries, and 16 KiB in all as JSON",
      maxProperties: 50,
      propertyNames: { minLength: 1, maxLength: 64 },
      additionalProperties: { type: "string", maxLength: 512 },
    });
  });

  test("limit is an integer of 1 to 100", () => {
    const list = underV1.find(({ name }) => name === "GET /v1/orders");
    const limit = list?.operation.parameters?.find(({ name }) => name === "limit");
    expect(limit).toMatchObject({ required: false, schema: { type: "integer", minimum: 1, maximum: 100, default: 20 } });
  });
});

describe("GET /docs", () => {
  test("is a page that loads only files of this origin", async () => {
    const response = await send(app, ["GET", "/docs"], { key: null });
    const html = await response.text();
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "text/html; charset=UTF-8"]);
    expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)).toEqual([
      "/docs/vendor/swagger-ui.css",
      "/docs/vendor/favicon-32x32.png",
      "/docs/vendor/swagger-ui-bundle.js",
      "/docs/start.js",
    ]);
    expect(html).not.toContain("<script>");
  });

  test("its files are served", async () => {
    const assets = vi.fn(() => Promise.resolve(new Response("bundle")));
    const response = await send(fakeApp({ assets }), ["GET", "/docs/vendor/swagger-ui-bundle.js"], { key: null });
    expect([response.status, await response.text()]).toEqual([200, "bundle"]);
    expect((await send(app, ["GET", "/docs/start.js"], { key: null })).headers.get("Content-Type")).toContain("text/javascript");
  });
});
