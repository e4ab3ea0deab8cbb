import { describe, expect, test, vi } from "vitest";
import type { WireTimeline } from "../../../shared/contracts/order.ts";
import type { OrderActorApi } from "../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../shared/errors/operating-error.ts";
import type { GatewayPorts } from "../ports.ts";
import { customerKey, fakeApp, operatorKey, problemOf, send, wireOrder } from "../testing/fake-ports.ts";

const orderPath = `/v1/orders/${wireOrder.id}`;
const timeline: WireTimeline = { order_id: wireOrder.id, status: "confirmed", entries: [], next: null };

describe.each([
  ["GET /v1/orders/:id", orderPath, "getOrder", wireOrder],
  ["GET /v1/orders/:id/timeline", `${orderPath}/timeline`, "getTimeline", timeline],
] as const)("%s", (_name, path, method, answer) => {
  const answering = (value: typeof answer | null) => ({ [method]: vi.fn(() => Promise.resolve(value)) }) as Partial<OrderActorApi>;

  test("answers what the actor says", async () => {
    const response = await send(fakeApp({ orderActor: answering(answer) }), ["GET", path]);
    expect([response.status, await response.json()]).toEqual([200, answer]);
  });

  test.each([
    [customerKey, "ada"],
    [operatorKey, null],
  ])("asks on behalf of the principal: %s", async (key, principalId) => {
    const orderActor = answering(answer);
    await send(fakeApp({ orderActor }), ["GET", path], { key });
    expect(orderActor[method]).toHaveBeenCalledExactlyOnceWith({ orderId: wireOrder.id, principalId });
  });

  test("what is not yours is not there", async () => {
    const response = await send(fakeApp({ orderActor: answering(null) }), ["GET", path]);
    expect(response.status).toBe(404);
    const nowhere = await send(fakeApp(), ["GET", "/v1/orders/ord_nonsense"]);
    expect(await response.text()).toBe(await nowhere.text());
  });
});

describe("GET /v1/orders", () => {
  const page = { ok: true, data: [wireOrder], nextCursor: "next" } as const;

  test.each([
    ["", customerKey, { principalId: "ada", limit: 20 }],
    ["", operatorKey, { principalId: null, limit: 20 }],
    ["?limit=100&status=confirmed&cursor=abc", customerKey, { principalId: "ada", limit: 100, status: "confirmed", cursor: "abc" }],
  ])("asks for %j as %s", async (query, key, expected) => {
    const listOrders = vi.fn<GatewayPorts["listOrders"]>(() => Promise.resolve(page));
    const response = await send(fakeApp({ listOrders }), ["GET", `/v1/orders${query}`], { key });
    expect([response.status, await response.json()]).toEqual([200, { data: [wireOrder], next_cursor: "next" }]);
    expect(listOrders).toHaveBeenCalledExactlyOnceWith(expected);
  });

  test("a cursor that no list gave out is 400", async () => {
    const listOrders = () => Promise.resolve({ ok: false, code: "invalid_cursor" } as const);
    const response = await send(fakeApp({ listOrders }), ["GET", "/v1/orders?cursor=abc"]);
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: "invalid_query", errors: [{ field: "cursor" }] });
  });

  test.each([new OperatingError("no answer", { retryable: true }), new TypeError("fetch failed")])(
    "without Postgres: 503, and an order is read as ever",
    async (error) => {
      const app = fakeApp({ listOrders: () => Promise.reject(error), orderActor: { getOrder: () => Promise.resolve(wireOrder) } });
      const response = await send(app, ["GET", "/v1/orders"]);
      expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
      expect(await problemOf(response)).toMatchObject({ code: "unavailable" });
      expect((await send(app, ["GET", orderPath])).status).toBe(200);
    },
  );
});
