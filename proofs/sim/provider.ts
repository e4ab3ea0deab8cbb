/** A payment provider that keeps books, so that what the order believes can be held against what really happened. */
import type { ChargeCommand, ChargeReply, LookUpReply, RefundCommand, RefundReply, VoidReply } from "../../shared/contracts/rpc.ts";

interface Capture {
  readonly orderId: string;
  readonly reference: string;
  readonly amountMinor: number;
}

export class SimulatedProvider {
  /** By charge id. */
  readonly captures = new Map<string, Capture>();
  /** By refund id: minor units of an order. */
  readonly refunds = new Map<string, { readonly orderId: string; readonly amountMinor: number }>();
  /** What must never happen, in words. */
  readonly violations: string[] = [];
  readonly #declined = new Set<string>();
  readonly #voided = new Set<string>();

  charge(command: ChargeCommand): ChargeReply {
    const { chargeId, orderId, amountMinor, paymentMethod } = command;
    const known = this.#known(chargeId);
    if (known !== null) return known;
    if (paymentMethod !== "pm_card_visa") {
      this.#declined.add(chargeId);
      return declined;
    }
    const capture = { orderId, reference: `ch_${chargeId}`, amountMinor };
    this.captures.set(chargeId, capture);
    if (this.taken(orderId).charges > 1) this.violations.push(`${orderId} was charged twice`);
    return { ok: true, reference: capture.reference };
  }

  lookUp({ chargeId }: ChargeCommand): LookUpReply {
    return this.#known(chargeId) ?? { ok: false, code: "not_found" };
  }

  void({ chargeId }: ChargeCommand): VoidReply {
    const capture = this.captures.get(chargeId);
    if (capture === undefined) {
      this.#voided.add(chargeId);
      return { ok: true };
    }
    return { ok: false, code: "captured", reference: capture.reference, amountMinor: capture.amountMinor, currency: "EUR" };
  }

  refund({ refundId, orderId, chargeId, amountMinor }: RefundCommand): RefundReply {
    if (this.refunds.has(refundId)) return { ok: true, reference: `re_${refundId}` };
    if (this.refusesRefunds.has(orderId)) return { ok: false, code: "refund_refused", reason: "the account is empty" };
    if (!this.captures.has(chargeId)) this.violations.push(`${refundId} gives back what was never taken`);
    this.refunds.set(refundId, { orderId, amountMinor });
    const { capturedMinor, refundedMinor } = this.taken(orderId);
    if (refundedMinor > capturedMinor) this.violations.push(`${orderId} got ${refundedMinor} back of ${capturedMinor}`);
    return { ok: true, reference: `re_${refundId}` };
  }

  /** Orders of which nothing goes back, whoever asks. */
  readonly refusesRefunds = new Set<string>();

  /** What was taken for an order, and given back. */
  taken(orderId: string): { readonly charges: number; readonly capturedMinor: number; readonly refundedMinor: number } {
    const captures = [...this.captures.values()].filter((capture) => capture.orderId === orderId);
    const refunds = [...this.refunds.values()].filter((refund) => refund.orderId === orderId);
    return { charges: captures.length, capturedMinor: sum(captures), refundedMinor: sum(refunds) };
  }

  #known(chargeId: string): ChargeReply | null {
    const capture = this.captures.get(chargeId);
    if (capture !== undefined) return { ok: true, reference: capture.reference };
    return this.#declined.has(chargeId) || this.#voided.has(chargeId) ? declined : null;
  }
}

const declined = { ok: false, code: "payment_declined", reason: "card_declined" } as const;

const sum = (entries: readonly { readonly amountMinor: number }[]): number =>
  entries.reduce((total, entry) => total + entry.amountMinor, 0);
