import type { NotificationCommand } from "../../shared/contracts/rpc.ts";
import type { OrderNotice } from "../../shared/events/order-notice.ts";
import { formatAmount } from "./format-amount.ts";

/**
 * What the customer is told when an order has ended, one way or another: nothing for an event that is not an end. The id is
 * the event's. Money is told as it stood at the event: what has gone back, and what is on its way back.
 */
export function orderNotification(event: OrderNotice): NotificationCommand | null {
  const told = tell(event);
  if (told === null) return null;
  const { kind, subject, sentences } = told;
  return {
    id: event.id,
    recipient: event.data.principal_id,
    orderId: event.data.order.id,
    context: { requestId: event.requestid, correlationId: event.correlationid },
    kind,
    subject,
    message: sentences.filter((sentence) => sentence !== null).join(" "),
  };
}

type Data = OrderNotice["data"];

interface Told {
  readonly kind: string;
  readonly subject: string;
  readonly sentences: readonly (string | null)[];
}

function tell({ type, data }: OrderNotice): Told | null {
  const { id, failure } = data.order;
  switch (type) {
    case "holdfast.order.confirmed.v1":
      return {
        kind: "order.confirmed",
        subject: `Order ${id} is confirmed`,
        sentences: [`Your order ${id} is confirmed.`, amountSentence(data, data.order.total_minor, (amount) => `The total is ${amount}.`)],
      };
    case "holdfast.order.failed.v1":
      return {
        kind: "order.failed",
        subject: `Order ${id} failed`,
        sentences: [`Your order ${id} could not be completed.`, failure?.detail ?? null],
      };
    case "holdfast.order.cancelled.v1":
      return {
        kind: "order.cancelled",
        subject: `Order ${id} is cancelled`,
        sentences: [`Your order ${id} is cancelled.`, ...money(data)],
      };
    case "holdfast.order.fulfilled.v1":
      return {
        kind: "order.fulfilled",
        subject: `Order ${id} is on its way`,
        sentences: [`All items of your order ${id} have been shipped.`],
      };
    case "holdfast.order.refunded.v1":
      return { kind: "order.refunded", subject: `Order ${id} is refunded`, sentences: [`Your order ${id} is refunded.`, ...money(data)] };
    case "holdfast.order.placed.v1":
    case "holdfast.order.pending.v1":
    case "holdfast.order.updated.v1":
      return null;
  }
}

/** Where the customer's money is. Nothing is said of an outcome that is not known. */
function money(data: Data): (string | null)[] {
  const { amount_minor, refunded_minor, status } = data.order.payment;
  if (amount_minor === 0) return [status === "unknown" ? null : "Nothing was charged."];
  const pending = data.payment?.refunds.filter((refund) => refund.status === "pending") ?? [];
  const returningMinor = pending.reduce((sum, refund) => sum + refund.amount_minor, 0);
  const keptMinor = amount_minor - refunded_minor - returningMinor;
  return [
    refunded_minor > 0 ? amountSentence(data, refunded_minor, (amount) => `${amount} has been returned to your payment method.`) : null,
    returningMinor > 0 ? amountSentence(data, returningMinor, (amount) => `${amount} is being returned to your payment method.`) : null,
    keptMinor > 0 ? amountSentence(data, keptMinor, (amount) => `${amount} has not been returned yet.`) : null,
  ];
}

/** null while there is no amount to speak of. */
function amountSentence({ order }: Data, amountMinor: number | null, sentence: (amount: string) => string): string | null {
  return amountMinor === null || order.currency === null ? null : sentence(formatAmount(amountMinor, order.currency));
}
