/** What a caller over HTTP is answered, from what the actor answers to the gateway (`workers/gateway/{place,change}-order.ts`). */
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { ChangeOrderReply, OrderChange } from "../../shared/contracts/rpc.ts";
import { problems, type ProblemCode } from "../../shared/errors/codes.ts";
import { patienceMs, type Heard } from "../sim/client.ts";

type Changed = Extract<ChangeOrderReply, { readonly kind: "settled" | "working" }>;

/** Status, and what says more than it: `202 pending_payment`. */
export function answerOf({ reply, askedAtMs, heardAtMs }: Heard, kind: OrderChange["kind"] | null): string {
  if (reply === null) return heardAtMs - askedAtMs < patienceMs ? "connection lost" : "no answer";
  switch (reply.kind) {
    case "not_found":
      return problem("not_found");
    case "mismatch":
      return problem("idempotency_mismatch");
    case "refused":
      return problem(reply.code);
    case "accepted":
      return `202 ${reply.order.status}`;
    case "working":
      return `202 ${bodyOf(reply, kind).status}`;
    case "settled":
      return "payment" in reply && kind !== null ? changed(reply, kind) : placed(reply.order);
  }
}

/** Whether nothing more is asked after this answer. */
export const isFinal = ({ reply }: Heard): boolean => reply?.kind === "settled" || reply?.kind === "refused";

const problem = (code: ProblemCode): string => `${problems[code].status} ${code}`;

function placed(order: WireOrder): string {
  if (order.failure !== undefined) return problem(order.failure.code);
  return order.status === "cancelled" ? problem("order_cancelled") : `201 ${order.status}`;
}

function bodyOf(reply: Changed, kind: OrderChange["kind"] | null): { readonly status: string } {
  if (kind === "refund" || kind === "return") return reply.refund ?? reply.return ?? reply.order;
  return kind === "pay" ? reply.payment : reply.order;
}

function changed({ order, payment, refund, return: back }: Changed, kind: OrderChange["kind"]): string {
  switch (kind) {
    case "cancel":
    case "fulfil":
      return `200 ${order.status}`;
    case "refund":
    case "refund_stray":
      return `201 ${refund?.status ?? "no refund"}`;
    case "return":
      return `201 ${back?.status ?? "no return"}`;
    case "pay":
      return payment.status === "captured" ? "201 captured" : order.failure === undefined ? problem("payment_declined") : placed(order);
  }
}
