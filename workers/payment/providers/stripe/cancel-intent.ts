import type { Stripe } from "stripe";
import type { VoidReply } from "../../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../../shared/errors/operating-error.ts";
import type { CallBudget } from "./client.ts";
import { readFailure } from "./failure.ts";

/**
 * Ends an intent for good, or finds that its money has been taken. Cancelling twice changes nothing, so it needs no key of
 * its own; a key would keep the answer of a moment at which the intent could not be cancelled yet.
 *
 * @throws When it is still being processed, or that is not known.
 */
export async function cancelIntent(
  intentId: string,
  { stripe, budget }: { readonly stripe: Stripe; readonly budget: CallBudget },
): Promise<VoidReply> {
  const intent = await cancel(intentId, { stripe, budget });
  if (intent.status === "canceled") return { ok: true };
  if (intent.status === "succeeded") return captured(intent);
  throw new OperatingError("Stripe is still processing the charge that is to be voided", { retryable: true });
}

const captured = ({ id, amount_received: amountMinor, currency }: Stripe.PaymentIntent): VoidReply => ({
  ok: false,
  code: "captured",
  reference: id,
  amountMinor,
  currency: currency.toUpperCase(),
});

/** The intent after it: as cancelled, or as it is when it could not be. */
async function cancel(
  intentId: string,
  { stripe, budget }: { readonly stripe: Stripe; readonly budget: CallBudget },
): Promise<Stripe.PaymentIntent> {
  try {
    return await stripe.paymentIntents.cancel(intentId, { cancellation_reason: "abandoned" }, budget.options());
  } catch (error) {
    if (readFailure(error).kind !== "unexpected_state") throw error;
    return await stripe.paymentIntents.retrieve(intentId, undefined, budget.options());
  }
}
