/** An order against its rows in Postgres. */
import type { Disagreement } from "./finding.ts";
import type { LineReading, OrderReading, RecordReading } from "./readings.ts";

/** Everything that is not the same, the row as a whole first. */
export function compareRecord(order: OrderReading, record: RecordReading | null): readonly Disagreement[] {
  if (record === null) return [differs(order, "the row", "there", "missing")];
  return [
    ...comparisons(order, record)
      .filter(([, expected, found]) => expected !== found)
      .map(([what, expected, found]) => differs(order, what, expected, found)),
    ...compareConfirmations(order, record),
  ];
}

type Value = string | number | null;

function comparisons(order: OrderReading, { payment, ...record }: RecordReading): readonly (readonly [string, Value, Value])[] {
  const books: readonly (readonly [string, Value, Value])[] =
    payment === null
      ? [["the payment's row", "there", "missing"]]
      : [
          ["payment status", order.payment.status, payment.status],
          ["payment method", order.payment.method, payment.method],
          ["captured amount", order.payment.capturedMinor, payment.amountMinor],
          ["refunded amount", order.payment.refundedMinor, payment.refundedMinor],
        ];
  return [
    ["version", order.version, record.version],
    ["status", order.status, record.status],
    ["principal", order.principalId, record.principalId],
    ["total", order.totalMinor, record.totalMinor],
    ["currency", order.currency, record.currency],
    ...books,
    ["items", describeItems(order.lines), describeItems(record.items)],
    ["failure", order.details.failure, record.details.failure],
    ["prices", describePrices(order), describePrices(record)],
    ["refunds", describeRefunds(order), describeRefunds(record)],
    ["journal entries", order.details.journalEntries, record.details.journalEntries],
  ];
}

type Detailed = Pick<RecordReading, "details">;

const describePrices = ({ details }: Detailed): string => details.prices.map((price) => price ?? "none").join(", ");

const describeRefunds = ({ details }: Detailed): string =>
  details.refunds
    .map(({ id, amountMinor, status }) => `${id} ${amountMinor} ${status}`)
    .sort()
    .join(", ");

const describeItems = (items: readonly Pick<LineReading, "sku" | "quantity" | "fulfilled" | "returned">[]): string =>
  items.map(({ sku, quantity, fulfilled, returned }) => `${sku} ${quantity}/${fulfilled}/${returned}`).join(", ");

function differs({ orderId }: OrderReading, what: string, expected: Value, found: Value): Disagreement {
  return {
    rule: "record_equals_order",
    subject: orderId,
    expected: `${what}: ${expected ?? "none"}`,
    found: `${what}: ${found ?? "none"}`,
    detail: `Order ${orderId} in Postgres is not as its actor has it: ${what} is ${found ?? "none"}, and should be ${expected ?? "none"}.`,
  };
}

function compareConfirmations(order: OrderReading, { confirmations }: RecordReading): readonly Disagreement[] {
  const expected = wasConfirmed(order) ? 1 : 0;
  if (confirmations === expected) return [];
  const { orderId } = order;
  const said = expected === 1 ? "was confirmed" : "was never confirmed";
  const detail = `Order ${orderId} ${said}, and ${confirmations} confirmations were sent for it.`;
  const found = String(confirmations);
  return [{ rule: "confirmed_order_was_notified_once", subject: orderId, expected: String(expected), found, detail }];
}

/** A cancelled order was, when what was taken back had been sold. */
export const wasConfirmed = ({ status, lines }: Pick<OrderReading, "status" | "lines">): boolean =>
  status === "confirmed" ||
  status === "fulfilled" ||
  status === "refunded" ||
  (status === "cancelled" && lines.some(({ hold }) => hold === "restocked"));
