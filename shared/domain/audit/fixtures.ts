/** Orders with everything around them as it should be, for tests to spoil. */
import type { CaptureReading, HoldReading, LineReading, OrderReading, RecordReading } from "./readings.ts";
import type { OrderSurroundings } from "./surroundings.ts";

export const nowMs = Date.parse("2026-11-21T12:00:00.000Z");
export const anOrderId = `ord_${"0".repeat(31)}1`;

export type Ending = "confirmed" | "fulfilled" | "refunded" | "failed" | "cancelled" | "cancelled_after_sale";

/** Units of each line that came back after they were shipped; only of a fulfilled order. */
export interface EndingOptions {
  readonly orderId?: string;
  readonly quantities?: readonly number[];
  readonly returned?: number;
  readonly refundedMinor?: number;
}

const holdOf = {
  confirmed: "sold",
  fulfilled: "sold",
  refunded: "sold",
  failed: "released",
  cancelled: "released",
  cancelled_after_sale: "restocked",
} as const;

/** An order that has come to that end, at rest, and what each neighbour must have of it. */
export function soundOrder(
  ending: Ending,
  { orderId = anOrderId, quantities = [2, 1], returned = 0, refundedMinor = 0 }: EndingOptions = {},
) {
  const status = ending === "cancelled_after_sale" ? "cancelled" : ending;
  const shipped = ending === "fulfilled";
  const lines = quantities.map((quantity, index): LineReading => ({
    sku: `SKU-${index + 1}`,
    reservationId: `${orderId}:${index + 1}`,
    quantity,
    hold: holdOf[ending],
    fulfilled: shipped ? quantity : 0,
    returned: shipped ? Math.min(returned, quantity) : 0,
  }));
  const totalMinor = 1_000 * quantities.reduce((sum, quantity) => sum + quantity, 0);
  const capturedMinor = ending === "failed" || ending === "cancelled" ? 0 : totalMinor;
  const givenBack = ending === "refunded" || ending === "cancelled_after_sale" ? totalMinor : Math.min(refundedMinor, capturedMinor);
  const order: OrderReading = {
    orderId,
    principalId: "customer",
    status,
    settled: true,
    delivered: true,
    version: 4,
    totalMinor,
    currency: "EUR",
    payment: {
      status:
        givenBack === 0 ? (capturedMinor === 0 ? "declined" : "captured") : givenBack === capturedMinor ? "refunded" : "partially_refunded",
      method: "pm_card_visa",
      chargeId: `${orderId}:charge:1`,
      reference: capturedMinor === 0 ? null : `pi_${orderId}`,
      capturedMinor,
      refundedMinor: givenBack,
    },
    lines,
    createdAtMs: nowMs - 60_000,
    updatedAtMs: nowMs - 50_000,
    nextAtMs: null,
    details: {
      prices: quantities.map(() => 1_000),
      refunds: givenBack === 0 ? [] : [{ id: `${orderId}:refund:1`, amountMinor: givenBack, status: "succeeded" }],
      failure: status === "failed" ? "payment_declined" : null,
      journalEntries: 5,
    },
  };
  return { order, holds: lines.map((line) => holdFor(line)), record: recordOf(order), captures: capturesOf(order) };
}

function holdFor({ sku, reservationId, quantity, hold, returned }: LineReading): HoldReading {
  const committed = hold === "sold" || hold === "restocked";
  const back = hold === "restocked" ? quantity : returned;
  return {
    sku,
    shard: 0,
    reservationId,
    quantity,
    returned: back,
    state: committed ? "committed" : "released",
    updatedAtMs: nowMs - 50_000,
  };
}

/** What Postgres has of an order, its confirmation sent when it was confirmed. */
export function recordOf(order: OrderReading): RecordReading {
  const { orderId, principalId, status, version, totalMinor, currency, payment, lines, details } = order;
  const { capturedMinor: amountMinor, refundedMinor, method, reference } = payment;
  const items = lines.map(({ sku, quantity, fulfilled, returned }) => ({ sku, quantity, fulfilled, returned }));
  const confirmations = lines.some(({ hold }) => hold === "sold" || hold === "restocked") ? 1 : 0;
  const books = { status: payment.status, method, reference, amountMinor, refundedMinor };
  return { orderId, principalId, status, version, totalMinor, currency, payment: books, items, confirmations, details };
}

/** What the provider has of an order. */
export function capturesOf({ orderId, currency, payment, createdAtMs }: OrderReading): readonly CaptureReading[] {
  const { chargeId, reference, capturedMinor, refundedMinor } = payment;
  if (reference === null) return [];
  return [{ orderId, chargeId, reference, capturedMinor, refundedMinor, currency: currency ?? "", createdAtMs }];
}

export const surroundingsOf = ({ order, holds, record }: Omit<ReturnType<typeof soundOrder>, "captures">): OrderSurroundings => ({
  orderId: order.orderId,
  order,
  holds,
  skus: null,
  record,
});
