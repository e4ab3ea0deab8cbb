import { describe, expect, test, vi } from "vitest";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { OrderActorApi, PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { idempotencyName } from "../../shared/platform/ids.ts";
import type { GatewaySettings } from "./ports.ts";
import { customerKey, fakeApp, problemOf, send, startMs, wireOrder } from "./testing/fake-ports.ts";

const body = { items: [{ sku: "PROD-1", quantity: 2 }], payment_method: "pm_card_visa" };
const location = `/v1/orders/${wireOrder.id}`;
const settled = { kind: "settled", replayed: false, order: wireOrder, requestId: "first-request" } as const;
const accepted = { kind: "accepted", replayed: false, order: { ...wireOrder, status: "pending_payment" } } as const;
const failedOrder: WireOrder = {
  ...wireOrder,
  status: "failed",
  failure: { code: "out_of_stock", detail: "1 line cannot be had", lines: [{ sku: "PROD-1", requested: 2, available: 1 }] },
};
const failed = { ...settled, order: failedOrder } as const;
const unreached = {
  ...settled,
  order: { ...wireOrder, status: "failed", failure: { code: "inventory_unavailable", detail: "The stock could not be reached." } },
} as const;
const cancelled = { ...settled, order: { ...wireOrder, status: "cancelled" } } as const;
const declinedPayment = { ...wireOrder.payment, status: "declined" } as const;
const waiting = { ...accepted, order: { ...accepted.order, payment: declinedPayment } } as const;

const place = (reply: PlaceOrderReply, settings: Partial<GatewaySettings> = {}) =>
  send(fakeApp({ settings, orderActor: { placeOrder: () => Promise.resolve(reply) } }), ["POST", "/v1/orders"], { body });

/** The command that the actor got. */
async function commandFor(sent: unknown, now?: () => number): Promise<PlaceOrderCommand | undefined> {
  const placeOrder = vi.fn<OrderActorApi["placeOrder"]>(() => Promise.resolve(settled));
  const app = fakeApp({ orderActor: { placeOrder }, ...(now !== undefined && { now }) });
  await send(app, ["POST", "/v1/orders"], { body: sent, headers: { "X-Request-Id": "req", "X-Correlation-Id": "journey" } });
  return placeOrder.mock.calls[0]?.[0];
}

describe("placeOrder", () => {
  test("a confirmed order is 201 with its address", async () => {
    const response = await place(settled);
    expect([response.status, response.headers.get("Location"), response.headers.get("Idempotent-Replayed")]).toEqual([201, location, null]);
    expect(await response.json()).toEqual(wireOrder);
  });

  test("one that is still worked on is 202 with its address and when to look", async () => {
    const response = await place(accepted);
    expect([response.status, response.headers.get("Location"), response.headers.get("Retry-After")]).toEqual([202, location, "1"]);
    expect(await response.json()).toEqual(accepted.order);
  });

  test("a refused one is its problem, with the order and the first request's id", async () => {
    const response = await place(failed);
    expect([response.status, response.headers.get("X-Request-Id") === "first-request"]).toEqual([409, false]);
    expect(await problemOf(response)).toEqual({
      type: "urn:holdfast:problem:out_of_stock",
      title: "There is not enough stock",
      status: 409,
      detail: "1 line cannot be had",
      code: "out_of_stock",
      request_id: "first-request",
      order_id: wireOrder.id,
      lines: [{ sku: "PROD-1", requested: 2, available: 1 }],
    });
  });

  test.each([
    ["unknown_sku", 422],
    ["price_changed", 422],
    ["currency_mismatch", 422],
    ["total_too_large", 422],
    ["unknown_payment_method", 422],
    ["payment_declined", 402],
    ["inventory_unavailable", 503],
    ["payment_unavailable", 503],
  ] as const)("an order that failed with %s is %i", async (code, status) => {
    const response = await place({ ...settled, order: { ...failedOrder, failure: { code, detail: "why" } } });
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ code, detail: expect.stringMatching(/^why/) as string, order_id: wireOrder.id });
    expect(response.headers.get("Retry-After")).toBeNull();
  });

  test("one that failed for want of an answer says that asking again is in vain, and what is not", async () => {
    const { detail } = await problemOf(await place(unreached));
    expect(detail).toBe(
      "The stock could not be reached. The order has ended: another attempt is a new order, under a new Idempotency-Key.",
    );
    expect((await problemOf(await place(failed))).detail).toBe("1 line cannot be had");
  });

  test("one that was cancelled while it was being placed is 409 with the order and the first request's id", async () => {
    const response = await place(cancelled);
    expect([response.status, response.headers.get("Location")]).toEqual([409, null]);
    expect(await problemOf(response)).toMatchObject({
      code: "order_cancelled",
      request_id: "first-request",
      order_id: wireOrder.id,
    });
  });

  test("one that waits for another card is 202 with its address, and nothing to look again for", async () => {
    const response = await place(waiting);
    expect([response.status, response.headers.get("Location"), response.headers.get("Retry-After")]).toEqual([202, location, null]);
    expect(await response.json()).toMatchObject({ status: "pending_payment", payment: { status: "declined" } });
  });

  test.each([
    ["confirmed", settled, 201],
    ["accepted", accepted, 202],
    ["waiting", waiting, 202],
    ["refused", failed, 409],
    ["failed", unreached, 503],
    ["cancelled", cancelled, 409],
  ])("a replay of a %s order is the same, and says that it is one", async (_name, reply, status) => {
    const [first, again] = [await place(reply), await place({ ...reply, replayed: true })];
    expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([status, "true"]);
    for (const name of ["Location", "Retry-After"]) expect(again.headers.get(name)).toBe(first.headers.get(name));
    expect(await again.text()).toBe(await first.text());
  });

  test.each([settled, accepted, failed])("DUPLICATE_POLICY=reject: any duplicate is 409 with a link to the order", async (reply) => {
    const response = await place({ ...reply, replayed: true }, { duplicatePolicy: "reject" });
    expect([response.status, response.headers.get("Location"), response.headers.get("Idempotent-Replayed")]).toEqual([409, location, null]);
    expect(response.headers.get("Link")).toBe(`<${location}>; rel="related"`);
    expect(await problemOf(response)).toMatchObject({ code: "duplicate_request", order_id: wireOrder.id });
  });

  test("DUPLICATE_POLICY=reject: the first request is answered as ever", async () => {
    expect((await place(settled, { duplicatePolicy: "reject" })).status).toBe(201);
  });

  test("a key of another request is 422, naming what differs", async () => {
    const response = await place({ kind: "mismatch", fields: ["method", "path"] });
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({ code: "idempotency_mismatch", errors: [{ field: "method" }, { field: "path" }] });
  });

  test("a payment method that the provider cannot know is refused before anything is touched", async () => {
    const response = await send(fakeApp(), ["POST", "/v1/orders"], { body: { ...body, payment_method: "pm_unknown" } });
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({ code: "unknown_payment_method", errors: [{ field: "payment_method" }] });
  });

  test("the command: merged lines in the order of their first, the body as it was sent, the context, the wait below the deadline", async () => {
    const items = [
      { sku: "B", quantity: 1 },
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 3 },
    ];
    const optional = { metadata: { note: "x" }, expected_total_minor: 5, hold_seconds: 60, on_decline: "wait" };
    const sent = { payment_method: "pm_card_visa", items, ...optional };
    expect(await commandFor(sent)).toEqual({
      name: await idempotencyName("ada", "key-1"),
      principalId: "ada",
      request: {
        method: "POST",
        path: "/v1/orders",
        body: `{"expected_total_minor":5,"hold_seconds":60,"items":[{"quantity":1,"sku":"B"},{"quantity":2,"sku":"A"},{"quantity":3,"sku":"B"}],"metadata":{"note":"x"},"on_decline":"wait","payment_method":"pm_card_visa"}`,
      },
      items: [
        { sku: "B", quantity: 4 },
        { sku: "A", quantity: 2 },
      ],
      paymentMethod: "pm_card_visa",
      expectedTotalMinor: 5,
      holdMs: 60_000,
      onDecline: "wait",
      metadata: { note: "x" },
      context: { requestId: "req", correlationId: "journey" },
      waitMs: 9_000,
    });
  });

  test("what is optional and absent is none, or its default", async () => {
    expect(await commandFor(body)).toMatchObject({ expectedTotalMinor: null, holdMs: 900_000, onDecline: "fail", metadata: {} });
  });

  test("time that the body took is not waited for again", async () => {
    const times = [startMs, startMs + 9_500];
    expect(await commandFor(body, () => times.shift() ?? startMs + 9_500)).toMatchObject({ waitMs: 0 });
  });

  test("the actor is the one that the principal and the key name, bare or quoted", async () => {
    const names: string[] = [];
    const app = fakeApp({ placeOrder: ({ name }) => (names.push(name), Promise.resolve(settled)) });
    for (const idempotencyKey of ["key-1", '"key-1"', "key-2"]) await send(app, ["POST", "/v1/orders"], { body, idempotencyKey });
    await send(app, ["POST", "/v1/orders"], { body, key: "operator-key" });
    expect(names[1]).toBe(names[0]);
    expect(new Set(names).size).toBe(3);
  });

  test("a request whose id the client sent may share it with another one", async () => {
    const own: boolean[] = [];
    const app = fakeApp({ placeOrder: (_command, request) => (own.push(request.hasIdOfItsOwn), Promise.resolve(settled)) });
    for (const sent of ["req-1", "not an id!", undefined])
      await send(app, ["POST", "/v1/orders"], { body, ...(sent !== undefined && { headers: { "X-Request-Id": sent } }) });
    expect(own).toEqual([false, true, true]);
  });

  test("the request lives until it is answered, though its client has gone: its line in the log is the one that tells the outcome", async () => {
    const { promise, resolve } = Promise.withResolvers<PlaceOrderReply>();
    const kept: Promise<unknown>[] = [];
    const context = { waitUntil: (work: Promise<unknown>) => void kept.push(work), passThroughOnException: () => undefined, props: {} };
    const headers = { Authorization: `Bearer ${customerKey}`, "Content-Type": "application/json", "Idempotency-Key": "key-1" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = fakeApp({ orderActor: { placeOrder: () => promise } }).request("/v1/orders", init, {}, context);
    await vi.waitFor(() => expect(kept).toHaveLength(1));
    let isOver = false;
    void kept[0]?.then(() => (isOver = true));
    await new Promise((next) => setTimeout(next));
    expect(isOver).toBe(false);
    resolve(settled);
    await Promise.all([...kept, response]);
  });

  test("lines that merge to more than 1,000,000 are refused", async () => {
    const items = [
      { sku: "A", quantity: 1_000_000 },
      { sku: "B", quantity: 1 },
      { sku: "A", quantity: 1 },
    ];
    const response = await send(fakeApp(), ["POST", "/v1/orders"], { body: { ...body, items } });
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({
      code: "validation_failed",
      errors: [{ field: "items.0.quantity" }, { field: "items.2.quantity" }],
    });
  });

  test("1,000,000 in two lines is fine", async () => {
    const half = { sku: "A", quantity: 500_000 };
    expect(await commandFor({ ...body, items: [half, half] })).toMatchObject({ items: [{ sku: "A", quantity: 1_000_000 }] });
  });

  test("a name like constructor in metadata is a name", async () => {
    const command = await commandFor(`{"items":[{"sku":"A","quantity":1}],"payment_method":"pm_card_visa","metadata":{"constructor":"y"}}`);
    expect(command?.metadata["constructor"]).toBe("y");
  });
});
