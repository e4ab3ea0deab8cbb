import { describe, expect, test, vi } from "vitest";
import type { ChangeOrderReply, OrderActorApi } from "../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../shared/errors/operating-error.ts";
import { problems } from "../../../shared/errors/codes.ts";
import { idempotencyName } from "../../../shared/platform/ids.ts";
import { createApp } from "../app.ts";
import {
  changed,
  customerKey,
  fakeApp,
  fakeOrderActor,
  fakePorts,
  operatorKey,
  problemOf,
  send,
  wireOrder,
  wirePayment,
  wireRefund,
  wireReturn,
} from "../testing/fake-ports.ts";

const orderPath = `/v1/orders/${wireOrder.id}`;
const paymentPath = `/v1/payments/${wirePayment.id}`;
const lines = [{ sku: "PROD-1", quantity: 1 }];
const doubled = [...lines, { sku: "PROD-2", quantity: 5 }, ...lines];
const merged = [
  { sku: "PROD-1", quantity: 2 },
  { sku: "PROD-2", quantity: 5 },
];

const post = (action: string, { reply, body, key = operatorKey }: { reply: ChangeOrderReply; body?: unknown; key?: string }) =>
  send(fakeApp({ orderActor: fakeOrderActor(reply) }), ["POST", `${orderPath}/${action}`], { key, body });

/** What the actor was asked. */
async function commandOf(action: string, { body, key = operatorKey }: { body?: unknown; key?: string }) {
  const actor = fakeOrderActor({ ...changed, refund: wireRefund, return: wireReturn });
  const headers = { "X-Request-Id": "req", "X-Correlation-Id": "journey" };
  await send(fakeApp({ orderActor: actor }), ["POST", `${orderPath}/${action}`], { key, body, headers });
  return actor.changeOrder.mock.calls[0]?.[0];
}

const working = {
  ...changed,
  kind: "working",
  refund: { ...wireRefund, status: "pending" },
  return: { ...wireReturn, status: "pending" },
} as const;
const settled = { ...changed, refund: wireRefund, return: wireReturn } as const;

describe.each([
  ["cancel", undefined, 200, orderPath, wireOrder, wireOrder],
  ["fulfil", undefined, 200, orderPath, wireOrder, wireOrder],
  ["refunds", { reason: "damaged" }, 201, paymentPath, wireRefund, working.refund],
  ["returns", { items: lines }, 201, orderPath, wireReturn, working.return],
])("POST /v1/orders/:id/%s", (action, body, status, location, done, pending) => {
  test("what is done is answered, with where to look", async () => {
    const response = await post(action, { reply: settled, body });
    expect([response.status, response.headers.get("Location"), await response.json()]).toEqual([status, location, done]);
  });

  test("what is still worked on is 202, with where and when to look", async () => {
    const response = await post(action, { reply: working, body });
    expect([response.status, response.headers.get("Location"), response.headers.get("Retry-After")]).toEqual([202, location, "1"]);
    expect(await response.json()).toEqual(pending);
  });

  test.each(["order_fulfilled", "order_not_payable", "refund_too_large", "too_many_changes"] as const)(
    "%s is its problem, with the order and what the actor says of it, and is kept under the key",
    async (code) => {
      const app = fakeApp({ orderActor: fakeOrderActor({ kind: "refused", code, detail: "why", order: wireOrder }) });
      const ask = () => send(app, ["POST", `${orderPath}/${action}`], { key: operatorKey, body });
      const [first, again] = [await ask(), await ask()];
      expect([first.status, first.headers.get("Location")]).toEqual([problems[code].status, null]);
      expect(await again.clone().text()).toBe(await first.clone().text());
      expect(await problemOf(first)).toMatchObject({ code, detail: "why", order_id: wireOrder.id });
      expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    },
  );

  test("no order, somebody else's, and a name that none can have are one answer", async () => {
    const [absent, nonsense] = [
      await post(action, { reply: { kind: "not_found" }, body }),
      await send(fakeApp(), ["POST", `/v1/orders/ord_nonsense/${action}`], { key: operatorKey, body }),
    ];
    expect([absent.status, await absent.text()]).toEqual([404, await nonsense.text()]);
  });

  test("an actor that cannot be reached is 503, and the key is free again", async () => {
    const actor = fakeOrderActor(settled);
    actor.changeOrder.mockRejectedValueOnce(new OperatingError("no answer", { retryable: true }));
    const app = fakeApp({ orderActor: actor });
    const statuses = [];
    for (let tries = 0; tries < 2; tries += 1)
      statuses.push((await send(app, ["POST", `${orderPath}/${action}`], { key: operatorKey, body })).status);
    expect(statuses).toEqual([503, status]);
  });

  test("without a key it is refused", async () => {
    const response = await send(fakeApp(), ["POST", `${orderPath}/${action}`], { key: operatorKey, body, idempotencyKey: null });
    expect(await problemOf(response)).toMatchObject({ code: "idempotency_key_missing" });
  });

  test("asks the order's actor, not the key's", async () => {
    const names: string[] = [];
    const base = fakePorts({ orderActor: fakeOrderActor(settled) });
    const app = createApp({ ...base, orderActor: (name) => (names.push(name), base.orderActor(name)) });
    await send(app, ["POST", `${orderPath}/${action}`], { key: operatorKey, body });
    expect(names).toEqual([await idempotencyName("ops", "key-1"), wireOrder.id.slice("ord_".length)]);
  });
});

describe("who may change an order", () => {
  test.each(["refunds", "fulfil", "returns"])("a customer is refused %s before anything is read", async (action) => {
    const response = await send(fakeApp(), ["POST", `${orderPath}/${action}`], { key: customerKey, body: "not json" });
    expect(await problemOf(response)).toMatchObject({ status: 403, code: "forbidden" });
  });

  test.each([
    [customerKey, "ada"],
    [operatorKey, null],
  ])("%s cancels on behalf of %s", async (key, principalId) => {
    expect(await commandOf("cancel", { key })).toMatchObject({ principalId });
  });
});

describe("what the actor is asked", () => {
  test("the whole command: the key's name as its operation, the context, the wait below the deadline", async () => {
    expect(await commandOf("cancel", { body: { reason: "changed my mind" }, key: customerKey })).toEqual({
      orderId: wireOrder.id,
      principalId: "ada",
      change: { kind: "cancel", operationId: await idempotencyName("ada", "key-1"), reason: "changed my mind" },
      context: { requestId: "req", correlationId: "journey" },
      waitMs: 9_000,
    });
  });

  test.each([
    ["cancel", undefined, { kind: "cancel", reason: null }],
    ["refunds", { reason: "damaged" }, { kind: "refund", amountMinor: null, reason: "damaged" }],
    ["refunds", { reason: "damaged", amount_minor: 400 }, { kind: "refund", amountMinor: 400, reason: "damaged" }],
    ["fulfil", undefined, { kind: "fulfil", lines: null }],
    ["fulfil", {}, { kind: "fulfil", lines: null }],
    ["fulfil", { items: doubled }, { kind: "fulfil", lines: merged }],
    ["returns", { items: doubled }, { kind: "return", lines: merged, reason: null }],
    ["returns", { items: lines, reason: "too small" }, { kind: "return", lines, reason: "too small" }],
  ])("%s %j", async (action, body, change) => {
    expect((await commandOf(action, { body }))?.change).toMatchObject(change);
  });

  test.each([
    ["cancel", { reason: "" }, "reason"],
    ["cancel", { why: "x" }, "why"],
    ["refunds", {}, "reason"],
    ["refunds", { reason: "x".repeat(201) }, "reason"],
    ["refunds", { reason: "x", amount_minor: 0 }, "amount_minor"],
    ["fulfil", { items: [] }, "items"],
    [
      "fulfil",
      {
        items: [
          { sku: "A", quantity: 1_000_000 },
          { sku: "A", quantity: 1 },
        ],
      },
      "items.0.quantity",
    ],
    ["returns", {}, "items"],
    ["returns", { items: [{ sku: "A", quantity: 0 }] }, "items.0.quantity"],
  ])("%s %j says nothing that can be asked: the key stays free", async (action, body, field) => {
    const actor: Partial<OrderActorApi> = { beginRequest: vi.fn<OrderActorApi["beginRequest"]>() };
    const response = await send(fakeApp({ orderActor: actor }), ["POST", `${orderPath}/${action}`], { key: operatorKey, body });
    const problem = await problemOf(response);
    expect([problem["code"], (problem["errors"] as { field: string }[])[0]?.field]).toEqual(["validation_failed", field]);
    expect(actor.beginRequest).not.toHaveBeenCalled();
  });
});
