import type { NotificationCommand } from "../../shared/contracts/rpc.ts";
import type { OrderEvent } from "../../shared/events/catalogue.ts";

/** What the customer is told when an order has ended: nothing for an event that is not an end. The id is the event's. */
export function orderNotification(event: OrderEvent): NotificationCommand | null {
  const told = tell(event);
  if (told === null) return null;
  return {
    id: event.id,
    recipient: event.data.principal_id,
    orderId: event.data.order.id,
    context: { requestId: event.requestid, correlationId: event.correlationid },
    ...told,
  };
}

function tell({ type, data: { order } }: OrderEvent): Pick<NotificationCommand, "kind" | "subject" | "message"> | null {
  switch (type) {
    case "holdfast.order.confirmed.v1": {
      const total =
        order.total_minor === null || order.currency === null ? "" : ` The total is ${formatAmount(order.total_minor, order.currency)}.`;
      return {
        kind: "order.confirmed",
        subject: `Order ${order.id} is confirmed`,
        message: `Your order ${order.id} is confirmed.${total}`,
      };
    }
    case "holdfast.order.failed.v1": {
      const reason = order.failure === undefined ? "" : ` ${order.failure.detail}`;
      return {
        kind: "order.failed",
        subject: `Order ${order.id} failed`,
        message: `Your order ${order.id} could not be completed.${reason}`,
      };
    }
    case "holdfast.order.placed.v1":
    case "holdfast.order.pending.v1":
      return null;
  }
}

/** Exact for every amount: a decimal string keeps the digits that a number would lose. ISO 4217 says how many are minor. */
function formatAmount(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const padded = String(amountMinor).padStart(digits + 1, "0");
  const decimal = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
  return format.format(decimal as `${number}`).replace("\u00a0", " ");
}
