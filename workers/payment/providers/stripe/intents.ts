/**
 * One charge id is one PaymentIntent. It is made without being confirmed, under the charge id as its idempotency key: that
 * moves no money, so it can be repeated by anyone at any time, and whoever repeats it finds the same intent. What became of
 * a charge is then read from the intent itself, and a charge is fenced by cancelling the intent: a confirmation that comes
 * later, or was under way, fails.
 */
import type { Stripe } from "stripe";
import type { ChargeCommand, LookUpReply } from "../../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../../shared/errors/operating-error.ts";
import { type CallBudget, keysOf } from "./client.ts";
import { declineReason, readFailure } from "./failure.ts";

/** Stripe forgets a key when it is at least a day old; from here on the index is asked first, ms. */
const keyIsSureForMs = 23 * 60 * 60_000;
/** More intents than this never have the same charge id. */
const maxIntents = 5;

export interface FindOptions {
  readonly stripe: Stripe;
  readonly budget: CallBudget;
  readonly nowMs: number;
}

/** `amount_refused`: Stripe makes no intent of this amount, now or later. */
export type MadeIntent = { readonly kind: "made"; readonly intentId: string } | { readonly kind: "amount_refused" };

/** The intent's id, made when there is none. @throws When that is not known. */
export async function makeIntent(command: ChargeCommand, options: FindOptions): Promise<MadeIntent> {
  try {
    return { kind: "made", intentId: await createUnderKey(intentParams(command), command.chargeId, options) };
  } catch (error) {
    const { kind } = readFailure(error);
    if (kind === "amount_refused") return { kind };
    if (kind === "key_taken") return { kind: "made", intentId: await findTaken(command.chargeId, options) };
    throw error;
  }
}

/**
 * The ids of all intents of a charge whose answer was lost, seldom more than one; none when the amount was never known and
 * the index knows nothing. A charge that was sent long ago is looked for in the index first, which lags by a minute at most
 * as a rule (https://docs.stripe.com/search#data-freshness), and its key may be forgotten.
 */
export async function findIntents(command: ChargeCommand, options: FindOptions): Promise<readonly string[] | "amount_refused"> {
  const isAmountKnown = command.currency !== "";
  const isKeySure = command.askedAtMs !== null && options.nowMs - command.askedAtMs < keyIsSureForMs;
  if (!isAmountKnown || !isKeySure) {
    const found = await search(command.chargeId, options);
    if (found.length > 0 || !isAmountKnown) return found;
  }
  const made = await makeIntent(command, options);
  return made.kind === "made" ? [made.intentId] : made.kind;
}

/**
 * Takes the charge id away from a charge whose amount is not known: an intent that is never confirmed is made under its key.
 * Whoever comes later with the true amount is told that the key is taken.
 *
 * @returns The intent, which is to be cancelled.
 * @throws When an intent is there already and the index does not show it yet, or Stripe does not answer.
 */
export async function fenceWithPlaceholder(command: ChargeCommand, options: FindOptions): Promise<string> {
  try {
    return await createUnderKey({ ...intentParams(command), ...placeholder }, command.chargeId, options);
  } catch (error) {
    if (readFailure(error).kind === "key_taken") return await findTaken(command.chargeId, options);
    throw error;
  }
}

/** As the intent stands now. A card that wants its holder to do something cannot be answered here: it waits, until it is voided. */
export function readIntent(intent: Stripe.PaymentIntent): LookUpReply {
  const declined = { ok: false, code: "payment_declined", reason: declineReason(intent.last_payment_error ?? {}) } as const;
  switch (intent.status) {
    case "succeeded":
      return { ok: true, reference: intent.id };
    case "requires_payment_method":
      return intent.last_payment_error === null ? { ok: false, code: "not_found" } : declined;
    case "requires_confirmation":
      return { ok: false, code: "not_found" };
    // Nothing was taken, and nothing can be under this charge id: charging again would find the same.
    case "canceled":
      return declined;
    case "processing":
    case "requires_action":
    case "requires_capture":
      return { ok: false, code: "processing" };
    default:
      return { ok: false, code: "processing" };
  }
}

/** Cards only: they are decided at once. The payment method comes with the confirmation. */
const intentParams = ({ amountMinor, currency, chargeId, orderId, paymentId }: ChargeCommand): Stripe.PaymentIntentCreateParams => ({
  amount: amountMinor,
  currency: currency.toLowerCase(),
  allowed_payment_method_types: ["card"],
  metadata: { charge_id: chargeId, order_id: orderId, payment_id: paymentId },
});

/** An amount that every account can be paid. */
const placeholder = { amount: 100, currency: "usd" } as const;

async function createUnderKey(
  params: Stripe.PaymentIntentCreateParams,
  chargeId: string,
  { stripe, budget }: FindOptions,
): Promise<string> {
  let failure: unknown;
  for (const key of keysOf(chargeId)) {
    try {
      return (await stripe.paymentIntents.create(params, budget.options(key))).id;
    } catch (error) {
      failure = error;
      if (readFailure(error).kind !== "kept_failure") break;
    }
  }
  throw failure;
}

async function findTaken(chargeId: string, options: FindOptions): Promise<string> {
  const [intentId] = await search(chargeId, options);
  if (intentId !== undefined) return intentId;
  throw new OperatingError("Stripe has an intent for this charge and its index does not show it yet", { retryable: true });
}

async function search(chargeId: string, { stripe, budget }: FindOptions): Promise<readonly string[]> {
  const query = `metadata['charge_id']:'${chargeId}'`;
  const { data } = await stripe.paymentIntents.search({ query, limit: maxIntents }, budget.options());
  return data.map((intent) => intent.id);
}
