import type { Stripe } from "stripe";
import type { PaymentApi, ProviderCapture } from "../../../../shared/contracts/rpc.ts";
import type { CallBudget } from "./client.ts";

/** What Stripe gives in one page at most. */
const pageSize = 100;
/** The span of time that is asked for first, s. It doubles when nothing is in it and is halved when a page does not hold it. */
const firstSpanS = 3_600;
/** Requests of one call: an account can be silent for years. */
const maxRequests = 10;

type CapturePage = NonNullable<Awaited<ReturnType<PaymentApi["listCaptures"]>>>;
type CaptureQuery = Parameters<PaymentApi["listCaptures"]>[0];

interface Span {
  readonly fromS: number;
  readonly lengthS: number;
}

/**
 * A page of what was captured, oldest first. Stripe lists the newest first and only from the end, so the time is walked through
 * in spans short enough for one page each; the cursor says where the next one begins. A page may be empty without being the last.
 */
export async function listCaptures(
  query: CaptureQuery,
  { stripe, budget, nowMs }: { readonly stripe: Stripe; readonly budget: CallBudget; readonly nowMs: number },
): Promise<CapturePage> {
  const endS = Math.floor(nowMs / 1_000) + 1;
  let span = firstSpan(query);
  for (let request = 1; request <= maxRequests; request += 1) {
    const { data, has_more: hasMore } = await listSpan(stripe, span, budget);
    const isShortest = span.lengthS === 1;
    if (hasMore && !isShortest) {
      span = { fromS: span.fromS, lengthS: Math.ceil(span.lengthS / 2) };
      continue;
    }
    const intents = hasMore ? [...data, ...(await listRest(stripe, { span, after: data.at(-1)?.id, budget }))] : data;
    const nextFromS = span.fromS + span.lengthS;
    if (nextFromS >= endS) return { captures: capturesOf(intents), next: null };
    span = { fromS: nextFromS, lengthS: intents.length === 0 ? span.lengthS * 2 : span.lengthS };
    if (intents.length > 0) return { captures: capturesOf(intents), next: cursorOf(span) };
  }
  return { captures: [], next: cursorOf(span) };
}

const cursorOf = ({ fromS, lengthS }: Span): string => `${fromS}:${lengthS}`;

/** @throws Error when the cursor is not one of ours. */
function firstSpan({ sinceMs, cursor }: CaptureQuery): Span {
  if (cursor === null) return { fromS: Math.floor(sinceMs / 1_000), lengthS: firstSpanS };
  const [fromS, lengthS] = cursor.split(":").map(Number);
  if (fromS === undefined || lengthS === undefined || !Number.isInteger(fromS) || !(lengthS >= 1))
    throw new Error("Not a cursor of Stripe's captures");
  return { fromS, lengthS };
}

const listParams = ({ fromS, lengthS }: Span): Stripe.PaymentIntentListParams => ({
  created: { gte: fromS, lt: fromS + lengthS },
  limit: pageSize,
  expand: ["data.latest_charge"],
});

const listSpan = (stripe: Stripe, span: Span, budget: CallBudget): Promise<Stripe.ApiList<Stripe.PaymentIntent>> =>
  stripe.paymentIntents.list(listParams(span), budget.options());

/** More than a page in one second. */
async function listRest(
  stripe: Stripe,
  { span, after, budget }: { readonly span: Span; readonly after: string | undefined; readonly budget: CallBudget },
): Promise<readonly Stripe.PaymentIntent[]> {
  const rest: Stripe.PaymentIntent[] = [];
  for (let last = after, more = true; more && last !== undefined; last = rest.at(-1)?.id) {
    const page = await stripe.paymentIntents.list({ ...listParams(span), starting_after: last }, budget.options());
    rest.push(...page.data);
    more = page.has_more && page.data.length > 0;
  }
  return rest;
}

const capturesOf = (newestFirst: readonly Stripe.PaymentIntent[]): readonly ProviderCapture[] =>
  newestFirst
    .filter((intent) => intent.status === "succeeded")
    .map(toCapture)
    .reverse();

function toCapture(intent: Stripe.PaymentIntent): ProviderCapture {
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  return {
    orderId: intent.metadata["order_id"] ?? null,
    chargeId: intent.metadata["charge_id"] ?? null,
    reference: intent.id,
    capturedMinor: intent.amount_received,
    refundedMinor: charge?.amount_refunded ?? 0,
    currency: intent.currency.toUpperCase(),
    createdAtMs: intent.created * 1_000,
  };
}
