/** What is asked of an order that exists: one call of its actor under the key's name, and what its reply means on the wire. */
import type { z } from "zod";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type {
  cancelBodySchema,
  fulfilBodySchema,
  payBodySchema,
  refundBodySchema,
  returnBodySchema,
  WirePayment,
} from "../../shared/contracts/payment.ts";
import type { ChangeOrderReply, OrderChange } from "../../shared/contracts/rpc.ts";
import { nameOfOrder, paymentIdFor } from "../../shared/platform/ids.ts";
import type { GatewayContext } from "./hono.ts";
import { idempotently, waitMsFor, type Outcome } from "./idempotently.ts";
import { visibleTo } from "./middleware/authenticate.ts";
import { noteOrder } from "./note-order.ts";
import { locationOf, mergeLines, refuseFailed, refuseUnknownMethod } from "./place-order.ts";
import type { GatewayPorts } from "./ports.ts";
import { ProblemError } from "./problem-error.ts";

/** An order, and what the request's body asks of it. */
interface Asked<Body> {
  readonly ports: GatewayPorts;
  readonly orderId: string;
  readonly body: Body;
}

/** A change as the body says it; its operation id comes with the key. */
type Wish = OrderChange extends infer Change ? (Change extends OrderChange ? Omit<Change, "operationId"> : never) : never;
type Changed = Extract<ChangeOrderReply, { kind: "settled" | "working" }>;

/** 200 once the order is cancelled, again and under every key; 202 while it is being undone. */
export function cancelOrder(c: GatewayContext, { ports, orderId, body }: Asked<z.infer<typeof cancelBodySchema>>): Promise<Response> {
  const wish: Wish = { kind: "cancel", reason: body.reason ?? null };
  return change(c, { ports, orderId, wish, location: locationOf(orderId), outcomeOf: orderOutcome });
}

/** 201 with the refund when the provider has answered, whether it gave the money back or refuses to; 202 before. */
export function refundOrder(c: GatewayContext, { ports, orderId, body }: Asked<z.infer<typeof refundBodySchema>>): Promise<Response> {
  const wish: Wish = { kind: "refund", amountMinor: body.amount_minor ?? null, reason: body.reason };
  const outcomeOf = ({ kind, refund }: Changed): Outcome => madeOutcome(kind, refund);
  return change(c, { ports, orderId, wish, location: paymentLocation(orderId), outcomeOf });
}

/** 200 with the order; without `items` all that has not been shipped yet. Lines of one SKU are merged. */
export function fulfilOrder(c: GatewayContext, { ports, orderId, body }: Asked<z.infer<typeof fulfilBodySchema>>): Promise<Response> {
  const wish: Wish = { kind: "fulfil", lines: body.items === undefined ? null : mergeLines(body.items) };
  return change(c, { ports, orderId, wish, location: locationOf(orderId), outcomeOf: orderOutcome });
}

/** 201 with the return when every unit can be sold again; 202 before. Lines of one SKU are merged. */
export function returnItems(c: GatewayContext, { ports, orderId, body }: Asked<z.infer<typeof returnBodySchema>>): Promise<Response> {
  const wish: Wish = { kind: "return", lines: mergeLines(body.items), reason: body.reason ?? null };
  const outcomeOf = (reply: Changed): Outcome => madeOutcome(reply.kind, reply.return);
  return change(c, { ports, orderId, wish, location: locationOf(orderId), outcomeOf });
}

/**
 * 201 with the payment when the money is captured, 202 while that is not known.
 *
 * @throws ProblemError `unknown_payment_method`: nothing was touched and the key is free; `payment_declined`: the order goes
 *   on waiting, unless no other card can help; `order_cancelled`, or what the order failed with, when it ended before this
 *   card was charged.
 */
export function payOrder(c: GatewayContext, { ports, orderId, body }: Asked<z.infer<typeof payBodySchema>>): Promise<Response> {
  refuseUnknownMethod(body.payment_method, ports.settings);
  const wish: Wish = { kind: "pay", paymentMethod: body.payment_method };
  return change(c, { ports, orderId, wish, location: paymentLocation(orderId), outcomeOf: paymentOutcome });
}

interface ChangeOptions {
  readonly ports: GatewayPorts;
  readonly orderId: string;
  readonly wish: Wish;
  readonly location: string;
  readonly outcomeOf: (reply: Changed) => Outcome;
}

/** @throws ProblemError `not_found`, the same for no order and for somebody else's; every `ChangeRefusalCode`, with its order. */
function change(c: GatewayContext, { ports, orderId, wish, location, outcomeOf }: ChangeOptions): Promise<Response> {
  c.get("accessLine").order_id = orderId;
  const run = async (operationId: string): Promise<Outcome> => {
    const reply = await ports.orderActor(nameOfOrder(orderId)).changeOrder({
      orderId,
      principalId: visibleTo(c.var.principal),
      change: { ...wish, operationId },
      context: c.var.work,
      waitMs: waitMsFor(c, ports.now()),
    });
    if (reply.kind === "not_found") throw new ProblemError("not_found");
    noteOrder(c, reply.order);
    if (reply.kind === "refused") throw new ProblemError(reply.code, { detail: reply.detail, order_id: reply.order.id });
    return outcomeOf(reply);
  };
  return idempotently(c, { ports, location, run });
}

const orderOutcome = ({ kind, order }: Changed): Outcome => ({ status: kind === "settled" ? 200 : 202, body: order });

function madeOutcome(kind: Changed["kind"], made: object | null): Outcome {
  if (made === null) throw new Error("The order actor did not say what it made");
  return { status: kind === "settled" ? 201 : 202, body: made };
}

function paymentOutcome({ kind, order, payment }: Changed): Outcome {
  if (kind === "working") return { status: 202, body: payment };
  if (tookMoney(payment)) return { status: 201, body: payment };
  refuseEnded(order);
  if (payment.status === "declined") throw declinedError(payment, order);
  return { status: 202, body: payment };
}

/** What was captured stays so, also when it was given back later. */
const tookMoney = ({ status }: WirePayment): boolean => status === "captured" || status === "partially_refunded" || status === "refunded";

function refuseEnded(order: WireOrder): void {
  if (order.status === "failed") refuseFailed(order);
  if (order.status === "cancelled") throw new ProblemError("order_cancelled", { order_id: order.id });
}

/** An order that ends with the refusal says itself what was refused. */
function declinedError({ order_id, decline_reason: reason }: WirePayment, { failure }: WireOrder): ProblemError {
  const detail = failure?.detail ?? (reason === null ? undefined : `The card was refused: ${reason}.`);
  return new ProblemError("payment_declined", { order_id, ...(detail !== undefined && { detail }) });
}

const paymentLocation = (orderId: string): string => `/v1/payments/${paymentIdFor(orderId)}`;
