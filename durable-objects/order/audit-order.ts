import { toWirePaymentStatus } from "../../shared/contracts/order-mapping.ts";
import { refundIdOf } from "../../shared/contracts/payment-mapping.ts";
import type { OrderAudit } from "../../shared/contracts/audited.ts";
import { refundedMinor } from "../../shared/domain/order/after-sale.ts";
import { isSettled } from "../../shared/domain/order/state.ts";
import { chargeIdOf } from "./order-messages.ts";
import { reservationIdOf } from "./sale.ts";
import type { OrderRecord } from "./store.ts";

/**
 * An order as the audit compares it.
 *
 * @param delivered Whether no row of the outbox speaks of it.
 */
export function toOrderAudit({ state, version, nextAtMs }: OrderRecord, delivered: boolean): OrderAudit {
  const { payment } = state;
  return {
    orderId: state.orderId,
    principalId: state.principalId,
    status: state.status,
    settled: isSettled(state),
    delivered,
    version,
    totalMinor: state.totalMinor,
    currency: state.currency,
    payment: {
      status: toWirePaymentStatus(state),
      method: payment.method,
      chargeId: chargeIdOf(state),
      reference: payment.reference,
      capturedMinor: payment.status === "captured" ? payment.amountMinor : 0,
      refundedMinor: refundedMinor(state),
    },
    lines: state.lines.map(({ sku, quantity, hold, fulfilled, returned }, index) => {
      return { sku, reservationId: reservationIdOf(state.orderId, index), quantity, hold, fulfilled, returned };
    }),
    details: {
      prices: state.lines.map((line) => line.unitPriceMinor),
      refunds: state.refunds.map(({ amountMinor, status }, index) => ({ id: refundIdOf(state.orderId, index), amountMinor, status })),
      failure: state.failure?.code ?? null,
      journalEntries: state.entries,
    },
    createdAtMs: state.createdAtMs,
    updatedAtMs: state.updatedAtMs,
    nextAtMs,
  };
}
