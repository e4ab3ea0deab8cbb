/** Bugs with money: unknown outcomes taken for known ones, ids that are not the same at every try, refunds. */
import type { SeededBug } from "../seeded-bug.ts";

const sim = { kind: "sim" } as const;
const givenUp = `if (!settled && nowMs >= state.giveUpAtMs) return { type: "payment_given_up", step, failure: notReached };`;

export const paymentBugs: readonly SeededBug[] = [
  {
    name: "timeout-taken-for-a-decline",
    breaks: "The order fails and its money was taken.",
    file: "durable-objects/order/perform-step.ts",
    find: 'return reply === null ? { kind: "unknown" } : toChargeResult(reply);',
    replace: 'return reply === null ? { kind: "declined", reason: "card_declined" } : toChargeResult(reply);',
    caughtBy: sim,
  },
  {
    name: "timeout-taken-for-a-capture",
    breaks: "The order is confirmed and was never paid.",
    file: "durable-objects/order/perform-step.ts",
    find: 'return reply === null ? { kind: "unknown" } : toChargeResult(reply);',
    replace: 'return reply === null ? { kind: "captured", reference: "" } : toChargeResult(reply);',
    caughtBy: sim,
  },
  {
    name: "void-skipped-when-the-charge-is-given-up",
    breaks: "A charge that was still under way takes the money of an order that has failed.",
    file: "shared/domain/order/evolve.ts",
    find: 'case "payment_given_up": {\n      const payment = { ...state.payment, status: "unknown" as const };',
    replace: 'case "payment_given_up": {\n      const payment = { ...state.payment, status: "none" as const };',
    caughtBy: sim,
  },
  {
    name: "void-skipped-when-the-stock-is-given-up",
    breaks: "A charge of a run that died in a crash takes the money of an order that has failed.",
    file: "shared/domain/order/evolve.ts",
    find: 'case "inventory_given_up": {\n      const payment = { ...state.payment, status: "unknown" as const };',
    replace: 'case "inventory_given_up": {\n      const payment = { ...state.payment, status: "none" as const };',
    caughtBy: sim,
  },
  {
    name: "capture-found-by-the-void-ignored",
    breaks: "The void came too late, and the order is compensated though its money was taken.",
    file: "shared/domain/order/decide-payment.ts",
    find: 'return { type: "payment_captured", step, reference: result.reference, amountMinor: result.amountMinor };',
    replace: 'return { type: "payment_voided" };',
    caughtBy: sim,
  },
  {
    name: "lost-void-taken-for-done",
    breaks: "The order is compensated before it is known what became of its charge.",
    file: "durable-objects/order/perform-step.ts",
    find: 'return reply === null ? { kind: "unknown" } : toVoidResult(reply);',
    replace: 'return reply === null ? { kind: "voided" } : toVoidResult(reply);',
    caughtBy: sim,
  },
  {
    name: "new-charge-id-at-each-try",
    breaks: "A charge whose answer was lost is made a second time.",
    file: "durable-objects/order/perform-step.ts",
    find: "chargeId: chargeIdOf(this.#state),",
    replace: "chargeId: `${chargeIdOf(this.#state)}:${this.#state.attempts}`,",
    caughtBy: sim,
  },
  {
    name: "second-card-while-the-first-is-open",
    breaks: "Both cards are charged.",
    file: "shared/domain/order/decide-after-sale.ts",
    find: "if (state.cancellation === null && awaitsPayment(state)) {",
    replace: 'if (state.cancellation === null && (awaitsPayment(state) || state.payment.status === "unknown")) {',
    caughtBy: sim,
  },
  {
    name: "hold-ends-under-a-charge",
    breaks: "The hold of an order ends, and its units go, while a charge of it may still be under way.",
    file: "shared/domain/order/decide-payment.ts",
    find: givenUp,
    replace: givenUp.replace("payment_given_up", "payment_refused").replace("step,", "step, declined: false,"),
    caughtBy: sim,
  },
  {
    name: "not-found-taken-for-never",
    breaks: "The provider has not seen a charge yet, and is believed that it never will.",
    file: "shared/domain/order/decide-payment.ts",
    find: givenUp,
    replace: `if (result.kind === "not_charged" && nowMs >= state.giveUpAtMs) return { type: "payment_refused", step, declined: false, failure: notReached };
  ${givenUp}`,
    caughtBy: sim,
  },
  {
    name: "new-refund-id-at-each-try",
    breaks: "A refund whose answer was lost is paid out a second time.",
    file: "durable-objects/order/perform-step.ts",
    find: "refundId: refundIdOf(orderId, number - 1),",
    replace: "refundId: `${refundIdOf(orderId, number - 1)}:${this.#state.attempts}`,",
    caughtBy: sim,
  },
  {
    name: "refund-above-the-capture",
    breaks: "More is given back than was taken.",
    file: "shared/domain/order/decide-after-sale.ts",
    find: "if (left === 0 || amountMinor > left)",
    replace: "if (left === 0 || amountMinor > state.payment.amountMinor)",
    caughtBy: sim,
  },
  {
    name: "refund-of-a-cancelled-order-forgotten",
    breaks: "An order is cancelled and its money is kept.",
    file: "shared/domain/order/follow-up.ts",
    find: "refundableMinor(state) > 0 &&",
    replace: "refundableMinor(state) < 0 &&",
    caughtBy: sim,
  },
];
