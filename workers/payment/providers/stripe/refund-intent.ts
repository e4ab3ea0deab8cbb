import type { Stripe } from "stripe";
import type { RefundCommand, RefundReply } from "../../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../../shared/errors/operating-error.ts";
import { type CallBudget, keysOf } from "./client.ts";
import { readFailure } from "./failure.ts";

interface RefundOptions {
  readonly stripe: Stripe;
  readonly budget: CallBudget;
}

/**
 * Gives money back, once for a refund id. Before anything is asked for, the intent's refunds are looked through for that id:
 * it may have been asked for longer ago than Stripe remembers a key.
 *
 * A refund that Stripe has taken on counts as done: most are `pending` until the bank has moved the money. One that fails
 * later (a closed account) is for people: Stripe tells the account's owner, and keeps the money in the account's balance.
 *
 * @throws When the outcome is not known, or the account's balance does not suffice now.
 */
export async function refundIntent(command: RefundCommand, options: RefundOptions): Promise<RefundReply> {
  for (const key of keysOf(command.refundId)) {
    const made = await findRefund(command, options);
    if (made !== undefined) return replyOf(made);
    try {
      return replyOf(await options.stripe.refunds.create(refundParams(command), options.budget.options(key)));
    } catch (error) {
      const failure = readFailure(error);
      if (failure.kind === "amount_refused") return refused("The amount is more than is left of the charge");
      if (failure.kind === "refused" && failure.reason !== "balance_insufficient") return refused(failure.reason);
      if (failure.kind === "unexpected_state") return refused("There is nothing captured to give back");
      if (failure.kind !== "kept_failure") throw error;
    }
  }
  throw new OperatingError("Stripe failed whenever it was to make this refund", { retryable: true });
}

/** Ours among the refunds of the intent, however many there are. */
async function findRefund({ reference, refundId }: RefundCommand, { stripe, budget }: RefundOptions): Promise<Stripe.Refund | undefined> {
  let after: string | undefined;
  for (;;) {
    const params = { payment_intent: reference, limit: 100, ...(after !== undefined && { starting_after: after }) };
    const { data, has_more: hasMore } = await stripe.refunds.list(params, budget.options());
    const found = data.find((refund) => refund.metadata?.["refund_id"] === refundId);
    after = data.at(-1)?.id;
    if (found !== undefined || !hasMore || after === undefined) return found;
  }
}

const refundParams = ({ reference, amountMinor, refundId, chargeId, orderId, paymentId }: RefundCommand): Stripe.RefundCreateParams => ({
  payment_intent: reference,
  amount: amountMinor,
  metadata: { refund_id: refundId, charge_id: chargeId, order_id: orderId, payment_id: paymentId },
});

function replyOf({ id, status, failure_reason: failureReason }: Stripe.Refund): RefundReply {
  if (status === "failed" || status === "canceled") return refused(failureReason ?? status);
  return { ok: true, reference: id };
}

const refused = (reason: string): RefundReply => ({ ok: false, code: "refund_refused", reason });
