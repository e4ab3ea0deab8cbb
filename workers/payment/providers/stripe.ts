/** The payment provider port over Stripe: one charge id is one PaymentIntent (`stripe/intents.ts` says why). */
import type { Stripe } from "stripe";
import type {
  ChargeCommand,
  ChargeReply,
  LookUpReply,
  PaymentApi,
  RefundCommand,
  RefundReply,
  VoidReply,
} from "../../../shared/contracts/rpc.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import type { PaymentProvider } from "../provider.ts";
import { cancelIntent } from "./stripe/cancel-intent.ts";
import { CallBudget, createStripeClient, type StripeConfig, type StripeLimits, stripeLimits } from "./stripe/client.ts";
import { confirmIntent } from "./stripe/confirm-intent.ts";
import { unknownOutcome } from "./stripe/failure.ts";
import { createStripeHealth } from "./stripe/health.ts";
import { fenceWithPlaceholder, type FindOptions, findIntents, makeIntent, readIntent } from "./stripe/intents.ts";
import { listCaptures } from "./stripe/list-captures.ts";
import { readWebhook } from "./stripe/read-webhook.ts";
import { refundIntent } from "./stripe/refund-intent.ts";

/** Whatever a method throws is an OperatingError: what became of it is not known. Methods but `health` end within 25 s. */
export function createStripeProvider(
  config: StripeConfig,
  { now, limits = stripeLimits }: { readonly now: () => number; readonly limits?: StripeLimits },
): PaymentProvider {
  const stripe = createStripeClient(config);
  const start = (): FindOptions => ({ stripe, budget: new CallBudget(now, limits), nowMs: now() });
  return {
    charge: (command) => certain(charge(command, start())),
    lookUp: (command) => certain(lookUp(command, start())),
    void: (command) => certain(voidCharge(command, start())),
    refund: (command: RefundCommand): Promise<RefundReply> => certain(refundIntent(command, start())),
    listCaptures: (query: Parameters<PaymentApi["listCaptures"]>[0]) => certain(listCaptures(query, start())),
    readWebhook: (webhook) => readWebhook(webhook, { stripe, secret: config.webhookSecret }),
    health: createStripeHealth(stripe, now),
  };
}

async function certain<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    throw unknownOutcome(error);
  }
}

/** Stripe's answer to an amount that it does not charge is final and costs nothing, as a declined card's. The shop's people should know. */
function refuseAmount({ orderId, amountMinor, currency, context }: ChargeCommand): ChargeReply {
  const fields = { order_id: orderId, amount_minor: amountMinor, currency };
  createLogger("payment", context).warn("Stripe does not take this amount", fields);
  return { ok: false, code: "payment_declined", reason: "amount_not_accepted" };
}

async function charge(command: ChargeCommand, options: FindOptions): Promise<ChargeReply> {
  const made = await makeIntent(command, options);
  return made.kind === "made" ? confirmIntent(made.intentId, { ...options, command }) : refuseAmount(command);
}

async function lookUp(command: ChargeCommand, options: FindOptions): Promise<LookUpReply> {
  const intentIds = await findIntents(command, options);
  if (intentIds === "amount_refused") return refuseAmount(command);
  const replies = await Promise.all(intentIds.map(async (id) => readIntent(await retrieve(id, options))));
  return replies.find((reply) => reply.ok) ?? replies.find(isProcessing) ?? replies[0] ?? { ok: false, code: "not_found" };
}

const isProcessing = (reply: LookUpReply): boolean => !reply.ok && reply.code === "processing";

const retrieve = (intentId: string, { stripe, budget }: FindOptions): Promise<Stripe.PaymentIntent> =>
  stripe.paymentIntents.retrieve(intentId, undefined, budget.options());

/** Not before every intent of the charge is cancelled is it certain. */
async function voidCharge(command: ChargeCommand, options: FindOptions): Promise<VoidReply> {
  const found = await findIntents(command, options);
  if (found === "amount_refused") return { ok: true };
  const intentIds = found.length > 0 ? found : [await fenceWithPlaceholder(command, options)];
  const replies = await Promise.all(intentIds.map((intentId) => cancelIntent(intentId, options)));
  return replies.find((reply) => !reply.ok) ?? { ok: true };
}
