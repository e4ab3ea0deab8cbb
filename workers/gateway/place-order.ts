/** POST /v1/orders: the body becomes the actor's command, its reply becomes the answer. */
import type { PlaceOrderBody, WireOrder } from "../../shared/contracts/order.ts";
import type { PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import type { GatewayContext } from "./hono.ts";
import { answerMarginMs, mismatchError, nameOf, requestOf } from "./idempotently.ts";
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
  const reply = await ports.orderActor(command.name).placeOrder(command);
  if (reply.kind === "mismatch") throw mismatchError(reply.fields);
  if (reply.replayed) markReplay(c, { order: reply.order, settings: ports.settings });
  return answer(c, reply);
}

function refuseUnknownMethod(token: string, { knowsPaymentMethod }: GatewaySettings): void {
  if (knowsPaymentMethod(token)) return;
  throw new ProblemError("unknown_payment_method", {
    errors: [{ field: "payment_method", message: "Not a payment method of the provider" }],
  });
}

async function commandOf(c: GatewayContext, { body, nowMs }: { body: PlaceOrderBody; nowMs: number }): Promise<PlaceOrderCommand> {
  const items = mergeLines(body.items);
  return {
    name: await nameOf(c),
    principalId: c.var.principal.id,
    request: requestOf(c),
    items,
    paymentMethod: body.payment_method,
    expectedTotalMinor: body.expected_total_minor ?? null,
    metadata: body.metadata ?? {},
    context: c.var.work,
    // Below the deadline, so that a slow order answers 202 and not 503.
    waitMs: Math.max(0, c.var.deadlineAtMs - nowMs - answerMarginMs),
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
  if (settings.duplicatePolicy === "replay") {
    c.header("Idempotent-Replayed", "true");
    return;
  }
  const location = locationOf(order);
  throw new ProblemError("duplicate_request", {
    order_id: order.id,
    headers: { Location: location, Link: `<${location}>; rel="related"` },
  });
}

function answer(c: GatewayContext, reply: Exclude<PlaceOrderReply, { kind: "mismatch" }>) {
  if (reply.kind === "settled") refuseFailed(reply.order, reply.requestId);
  c.header("Location", locationOf(reply.order));
  if (reply.kind === "settled") return c.json(reply.order, 201);
  c.header("Retry-After", String(retryAfterSeconds));
  return c.json(reply.order, 202);
}

/** A replay is the same document, so it has the first request's id. */
function refuseFailed({ id, failure }: WireOrder, requestId: string): void {
  if (failure === undefined) return;
  const { code, detail, lines } = failure;
  throw new ProblemError(code, { detail, ...(lines !== undefined && { lines }), order_id: id, requestId });
}

const locationOf = (order: WireOrder): string => `/v1/orders/${order.id}`;
