import { Stripe } from "stripe";
import { orderIdSchema } from "../../../../shared/contracts/primitives.ts";
import type { PaymentApi } from "../../../../shared/contracts/rpc.ts";

/** How old a signature may be, s; Stripe signs every repetition anew (https://docs.stripe.com/webhooks/signature). */
const toleranceS = 300;

/** The SDK fails on one that is not, instead of refusing it. */
const wellFormed = /^t=\d+(,v\d+=[0-9a-f]+)+$/;

/** Events whose object carries the order's id: Stripe copies an intent's metadata to its charges, and a refund has our own. */
const ours = /^(payment_intent|charge|refund)\./;

/**
 * Which order an event is about, once its signature has been checked. The rest of it is not read: events come late, twice and
 * in any order, so they say only that it is time to ask.
 */
export async function readWebhook(
  { body, signature }: Parameters<PaymentApi["readWebhook"]>[0],
  { stripe, secret }: { readonly stripe: Stripe; readonly secret: string },
): ReturnType<PaymentApi["readWebhook"]> {
  if (!wellFormed.test(signature)) return { ok: false, code: "invalid_signature" };
  try {
    const crypto = Stripe.createSubtleCryptoProvider();
    const event = await stripe.webhooks.constructEventAsync(body, signature, secret, toleranceS, crypto);
    return { ok: true, orderId: ours.test(event.type) ? orderIdOf(event.data.object) : null };
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return { ok: false, code: "invalid_signature" };
    throw error;
  }
}

function orderIdOf(object: object): string | null {
  const { metadata } = object as { readonly metadata?: Readonly<Record<string, unknown>> | null };
  return orderIdSchema.safeParse(metadata?.["order_id"]).data ?? null;
}
