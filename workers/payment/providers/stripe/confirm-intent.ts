import type { Stripe } from "stripe";
import type { ChargeCommand, ChargeReply, LookUpReply } from "../../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../../shared/errors/operating-error.ts";
import { type CallBudget, keysOf } from "./client.ts";
import { readFailure } from "./failure.ts";
import { readIntent } from "./intents.ts";

/**
 * Takes the money, once. There is one key for it however often it is tried, so a try that comes late gets the answer of the
 * one before, and a card that was declined stays declined. Where Stripe keeps a 5xx under that key the intent is read first:
 * only one that certainly was not charged is confirmed under the next key.
 *
 * @throws When the outcome is not known.
 */
export async function confirmIntent(
  intentId: string,
  { stripe, budget, command }: { readonly stripe: Stripe; readonly budget: CallBudget; readonly command: ChargeCommand },
): Promise<ChargeReply> {
  // Nobody is there to authenticate: a card that asks for it is declined by Stripe, and does not wait for ever.
  const params = { payment_method: command.paymentMethod, error_on_requires_action: true };
  for (const key of keysOf(`${command.chargeId}:confirm`)) {
    const reply = await answerOf(() => stripe.paymentIntents.confirm(intentId, params, budget.options(key)));
    if (reply !== "read_intent" && isOutcome(reply)) return reply;
    if (reply !== "read_intent") throw stillProcessing();
    const found = readIntent(await stripe.paymentIntents.retrieve(intentId, undefined, budget.options()));
    if (isOutcome(found)) return found;
    if (found.code === "processing") throw stillProcessing();
  }
  throw new OperatingError("Stripe failed whenever it was to confirm this charge", { retryable: true });
}

const isOutcome = (reply: LookUpReply): reply is ChargeReply => reply.ok || (reply.code !== "not_found" && reply.code !== "processing");
const stillProcessing = (): OperatingError => new OperatingError("Stripe has not settled the charge yet", { retryable: true });

/** `read_intent`: the answer is an old one that says nothing of the money; only the intent itself does. */
async function answerOf(confirm: () => Promise<Stripe.PaymentIntent>): Promise<LookUpReply | "read_intent"> {
  try {
    return readIntent(await confirm());
  } catch (error) {
    const failure = readFailure(error);
    switch (failure.kind) {
      case "declined":
        return { ok: false, code: "payment_declined", reason: failure.reason };
      case "unknown_payment_method":
        return { ok: false, code: "unknown_payment_method" };
      case "kept_failure":
      case "unexpected_state":
        return "read_intent";
      case "amount_refused":
      case "refused":
      case "key_taken":
      case "unknown":
        throw error;
    }
  }
}
