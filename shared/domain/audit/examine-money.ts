/** One order against the provider's ledger. */
import { nothingFound, type Disagreement, type Examination, type StuckItem } from "./finding.ts";
import { keptMinor, type CaptureReading, type OrderReading } from "./readings.ts";
import { stuckId } from "./stuck-id.ts";

export interface MoneySurroundings {
  readonly orderId: string;
  readonly order: OrderReading | null;
  /** Those of this order that were read, after the order was. */
  readonly captures: readonly CaptureReading[];
  /** Whether the order's own capture must be among them. */
  readonly complete: boolean;
}

/** Each capture has one order that counts it, with the same amounts, or has been given back; each paid order has its capture. */
export function examineMoney({ orderId, order, captures, complete }: MoneySurroundings): Examination {
  const common = { ...nothingFound, subject: orderId, version: order?.version ?? null };
  if (order?.settled === false) return { ...common, inFlight: true };
  const own = captures.filter((capture) => isOwn(order, capture));
  const strays = captures.filter((capture) => !isOwn(order, capture) && keptMinor(capture) > 0);
  const disagreements = [
    ...(order === null ? [] : own.slice(0, 1).flatMap((capture) => compareAmounts(order, capture))),
    ...(order !== null && complete && own.length === 0 && order.payment.capturedMinor > 0 ? [missingCapture(order)] : []),
    ...strays.map((capture) => strayCapture(order, capture)),
  ];
  return { ...common, disagreements, stuck: strays.map((capture) => strayMoney(order, capture)) };
}

/** The capture that the order's books are about. */
const isOwn = (order: OrderReading | null, { reference }: CaptureReading): boolean =>
  order !== null && order.payment.capturedMinor > 0 && order.payment.reference === reference;

function compareAmounts({ orderId, currency, payment }: OrderReading, capture: CaptureReading): readonly Disagreement[] {
  const expected = amounts(payment, currency);
  const found = amounts(capture, capture.currency);
  if (expected === found) return [];
  const detail = `Order ${orderId} counts ${expected}, and the provider has ${found} (${capture.reference}).`;
  return [{ rule: "paid_order_has_one_capture", subject: orderId, expected, found, detail }];
}

const amounts = (money: Pick<CaptureReading, "capturedMinor" | "refundedMinor">, currency: string | null): string =>
  `${money.capturedMinor} ${currency ?? ""} captured, ${money.refundedMinor} refunded`;

function missingCapture({ orderId, status, payment }: OrderReading): Disagreement {
  const expected = `${payment.capturedMinor} captured (${payment.reference ?? "no reference"})`;
  const detail = `Order ${orderId} is ${status} with ${expected}, and the provider knows of no such capture.`;
  return { rule: "paid_order_has_one_capture", subject: orderId, expected, found: "none", detail };
}

function strayCapture(order: OrderReading | null, capture: CaptureReading): Disagreement {
  const expected = order === null ? "an order" : "a capture that its order counts, or given back";
  const found = `${keptMinor(capture)} ${capture.currency} kept (${capture.reference})`;
  return { rule: "capture_has_one_order", subject: capture.orderId, expected, found, detail: sentenceOf(order, capture) };
}

function strayMoney(order: OrderReading | null, capture: CaptureReading): StuckItem {
  const { orderId, reference, createdAtMs, currency } = capture;
  return {
    id: stuckId({ kind: "charged_without_order", orderId, reference, createdAtMs }),
    kind: "charged_without_order",
    orderId,
    sku: null,
    amountMinor: keptMinor(capture),
    currency,
    sinceMs: createdAtMs,
    detail: sentenceOf(order, capture),
    actions: ["void"],
  };
}

function sentenceOf(order: OrderReading | null, capture: CaptureReading): string {
  const money = `The provider keeps ${keptMinor(capture)} ${capture.currency} (${capture.reference}) for order ${capture.orderId}`;
  return order === null ? `${money}, which does not exist.` : `${money}, which is ${order.status} and does not count it.`;
}
