/** POST /v1/orders: the body becomes the actor's command, its reply becomes the answer. */
import { defaultHoldSeconds, type PlaceOrderBody, type WireOrder } from "../../shared/contracts/order.ts";
import type { PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { problems } from "../../shared/errors/codes.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import { keepAlive, type GatewayContext } from "./hono.ts";
import { duplicateError, mismatchError, nameOf, requestOf, waitMsFor } from "./idempotently.ts";
import { isIdMadeHere } from "./middleware/request-id.ts";
import { noteOrder } from "./note-order.ts";
import type { GatewayPorts, GatewaySettings } from "./ports.ts";
import { ProblemError, retryAfterSeconds } from "./problem-error.ts";

/** What one line of an order can hold, also after lines of the same SKU were merged. */
const maxLineQuantity = 1_000_000;

/**
 * Places the order, or finds the one that the key placed before.
 *
 * @throws ProblemError `validation_failed`, `unknown_payment_method`: nothing was touched and the key is free;
 *   `idempotency_mismatch`; `duplicate_request` when duplicates are rejected; the order's own refusal.
 */
export async function placeOrder(c: GatewayContext, { ports, body }: { ports: GatewayPorts; body: PlaceOrderBody }) {
  refuseUnknownMethod(body.payment_method, ports.settings);
  const command = await commandOf(c, { body, nowMs: ports.now() });
  c.get("accessLine").order_id = orderIdFor(command.name);
  const placing = ports.placeOrder(command, { keepAlive: (work) => keepAlive(c, work), hasIdOfItsOwn: isIdMadeHere(c) });
  // Should its client hang up, its line is written all the same: nobody else logs the outcome.
  keepAlive(c, placing);
  const reply = await placing;
  if (reply.kind === "mismatch") throw mismatchError(reply.fields);
  noteOrder(c, reply.order);
  if (reply.replayed) markReplay(c, { order: reply.order, settings: ports.settings });
  return answer(c, reply);
}

/** @throws ProblemError `unknown_payment_method` when the provider cannot know the token. */
export function refuseUnknownMethod(token: string, { knowsPaymentMethod }: GatewaySettings): void {
  if (knowsPaymentMethod(token)) return;
  throw new ProblemError("unknown_payment_method", {
    errors: [{ field: "payment_method", message: "Not a payment method of the provider" }],
  });
}

async function commandOf(c: GatewayContext, { body, nowMs }: { body: PlaceOrderBody; nowMs: number }): Promise<PlaceOrderCommand> {
  const items = mergeLines(body.items);
  return {
    name: await nameOf(c),
    principalId: c.get("principal").id,
    request: requestOf(c),
    items,
    paymentMethod: body.payment_method,
    expectedTotalMinor: body.expected_total_minor ?? null,
    holdMs: (body.hold_seconds ?? defaultHoldSeconds) * 1_000,
    onDecline: body.on_decline ?? "fail",
    metadata: body.metadata ?? {},
    context: c.get("work"),
    waitMs: waitMsFor(c, nowMs),
  };
}

/** Lines of the same SKU become one, at the place of the first. */
export function mergeLines(lines: PlaceOrderBody["items"]): PlaceOrderCommand["items"] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  const errors = lines.flatMap(({ sku }, index) =>
    (quantities.get(sku) ?? 0) > maxLineQuantity
      ? [{ field: `items.${index}.quantity`, message: `More than ${maxLineQuantity} of one SKU` }]
      : [],
  );
  if (errors.length > 0) throw new ProblemError("validation_failed", { errors });
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

function markReplay(c: GatewayContext, { order, settings }: { order: WireOrder; settings: GatewaySettings }): void {
  c.get("accessLine").replayed = true;
  if (settings.duplicatePolicy === "replay") {
    c.header("Idempotent-Replayed", "true");
    return;
  }
  throw duplicateError(locationOf(order.id), { order_id: order.id });
}

function answer(c: GatewayContext, reply: Exclude<PlaceOrderReply, { kind: "mismatch" }>) {
  const { order } = reply;
  if (reply.kind === "settled") refuseUnsold(order, reply.requestId);
  const location = { Location: locationOf(order.id) };
  if (reply.kind === "settled") return c.json(order, 201, location);
  // An order that waits for another card is not looked at again by itself: it changes when its owner pays.
  const headers = awaitsPayment(order) ? location : { ...location, "Retry-After": String(retryAfterSeconds) };
  return c.json(order, 202, headers);
}

/** Cancelled while it was being placed, or failed. A replay is the same document, so it has the first request's id. */
function refuseUnsold(order: WireOrder, requestId: string): void {
  if (order.status === "cancelled") throw new ProblemError("order_cancelled", { order_id: order.id, requestId });
  refuseFailed(order, requestId);
}

/** @throws ProblemError what the order failed with; nothing when it has not. */
export function refuseFailed({ id, failure }: WireOrder, requestId?: string): void {
  if (failure === undefined) return;
  const { code, lines } = failure;
  throw new ProblemError(code, {
    detail: detailOf(failure),
    ...(lines && { lines }),
    order_id: id,
    ...(requestId !== undefined && { requestId }),
  });
}

/** Any other 503 is asked again under its key. This one is an end, and clients that know only the status would ask for ever. */
const detailOf = ({ code, detail }: NonNullable<WireOrder["failure"]>): string =>
  problems[code].status === 503 ? `${detail} The order has ended: another attempt is a new order, under a new Idempotency-Key.` : detail;

/** The last card was refused, and the stock is held until another one comes or the hold ends. */
const awaitsPayment = ({ status, payment }: WireOrder): boolean => status === "pending_payment" && payment.status === "declined";

export const locationOf = (orderId: string): string => `/v1/orders/${orderId}`;
