/** /v1/payment_intents: create, retrieve, confirm, cancel, list, search. */
import { z } from "zod";
import { ApiError, noSuch, parseParams } from "./api-error.ts";
import { answered, type Books, type Outcome, unexpectedState } from "./books.ts";
import { type CardBehaviour, cardOf } from "./cards.ts";
import type { Form } from "./form.ts";
import { createdSchema, expandSchema, limitSchema, listOf, pageSchemas } from "./lists.ts";
import { newObjectId, type PaymentError, type PaymentIntent, secondsOf } from "./objects.ts";

/** Stripe takes amounts of up to eight digits. */
const maxAmount = 99_999_999;

const createSchema = z.strictObject({
  amount: z.coerce.number().int().min(1),
  currency: z.string().regex(/^[a-z]{3}$/),
  allowed_payment_method_types: z.array(z.string()).optional(),
  metadata: z.record(z.string().max(40), z.string().max(500)).optional(),
});

export function createIntent(books: Books, params: Form): Outcome {
  const { amount, currency, allowed_payment_method_types: types = null, metadata = {} } = parseParams(createSchema, params);
  if (amount > maxAmount) {
    const message = `Amount must be no more than ${maxAmount}`;
    throw new ApiError(400, { type: "invalid_request_error", code: "amount_too_large", param: "amount", message });
  }
  const intent: PaymentIntent = {
    id: newObjectId("pi"),
    object: "payment_intent",
    amount,
    amount_received: 0,
    currency,
    status: "requires_payment_method",
    metadata,
    allowed_payment_method_types: types,
    payment_method: null,
    last_payment_error: null,
    latest_charge: null,
    capture_method: "automatic",
    confirmation_method: "automatic",
    canceled_at: null,
    cancellation_reason: null,
    created: secondsOf(books.now()),
    livemode: false,
  };
  books.emit("payment_intent.created", intent);
  return answered(books.ledger.put<"payment_intent">(intent));
}

const retrieveSchema = z.strictObject({ expand: expandSchema });

export function retrieveIntent(books: Books, params: Form, id: string): Outcome {
  const { expand } = parseParams(retrieveSchema, params);
  return answered(withCharge(books, books.intent(id), expand.includes("latest_charge")));
}

const confirmSchema = z.strictObject({
  payment_method: z.string().min(1),
  error_on_requires_action: z.enum(["true", "false"]).optional(),
});

/** @param slowMs How long a slow card is processed. */
export function confirmIntent(books: Books, params: Form, { id, slowMs }: { readonly id: string; readonly slowMs: number }): Outcome {
  const { payment_method: method } = parseParams(confirmSchema, params);
  const card = cardOf(method);
  if (card?.kind === "lost") return { kind: "lost" };
  const intent = books.intent(id);
  if (intent.status !== "requires_payment_method" && intent.status !== "requires_confirmation") throw unexpectedState(intent, "confirm");
  if (card === undefined) throw noSuch("PaymentMethod", method, "payment_method");
  switch (card.kind) {
    case "captured":
      return answered(books.capture(intent, method));
    case "unanswered":
      return { kind: "unanswered", answer: { status: 200, body: books.capture(intent, method) } };
    case "flaky":
      return books.ledger.isFirstFailure(id) ? answered(failure, 500) : answered(books.capture(intent, method));
    case "slow":
      return processSlowly(books, intent, { method, slowMs });
    case "declined":
      return decline(books, intent, { method, card });
    default:
      return card satisfies never;
  }
}

const failure = { error: { type: "api_error", message: "An unknown error occurred" } };

function processSlowly(books: Books, intent: PaymentIntent, { method, slowMs }: { method: string; slowMs: number }): Outcome {
  const processing = books.change(intent, { status: "processing", payment_method: method });
  books.ledger.startProcessing(intent.id, books.now() + slowMs);
  books.emit("payment_intent.processing", processing);
  const finish = (): Outcome => {
    books.settleProcessed();
    return answered(books.intent(intent.id));
  };
  return { kind: "later", ms: slowMs, finish };
}

function decline(
  books: Books,
  intent: PaymentIntent,
  { method, card }: { readonly method: string; readonly card: CardBehaviour & { readonly kind: "declined" } },
): Outcome {
  const error: PaymentError = {
    type: "card_error",
    code: card.code,
    decline_code: card.declineCode,
    message: card.message,
    payment_method: { id: method, object: "payment_method", type: "card" },
  };
  const charge = books.failedCharge(intent, method, card.code);
  const declined = books.change(intent, { status: "requires_payment_method", last_payment_error: error, latest_charge: charge.id });
  books.emit("payment_intent.payment_failed", declined);
  return answered({ error: { ...error, charge: charge.id, payment_intent: declined } }, 402);
}

const cancelSchema = z.strictObject({
  cancellation_reason: z.enum(["abandoned", "duplicate", "fraudulent", "requested_by_customer"]).optional(),
});

export function cancelIntent(books: Books, params: Form, id: string): Outcome {
  const { cancellation_reason: reason = null } = parseParams(cancelSchema, params);
  const intent = books.intent(id);
  const isOpen = intent.status === "requires_payment_method" || intent.status === "requires_confirmation";
  if (!isOpen) throw unexpectedState(intent, "cancel");
  const change = { status: "canceled", canceled_at: secondsOf(books.now()), cancellation_reason: reason } as const;
  const canceled = books.change(intent, change);
  books.emit("payment_intent.canceled", canceled);
  return answered(canceled);
}

const listSchema = z.strictObject({ ...pageSchemas, created: createdSchema, expand: expandSchema });

export function listIntents(books: Books, params: Form): Outcome {
  const { created, expand, ...page } = parseParams(listSchema, params);
  const listed = listOf(books.ledger, "payment_intent", { page, query: created, url: "/v1/payment_intents" });
  const isExpanded = expand.includes("data.latest_charge");
  return answered({ ...listed, data: listed.data.map((intent) => withCharge(books, intent, isExpanded)) });
}

const searchSchema = z.strictObject({ query: z.string(), limit: limitSchema });

/** Knows one question, `metadata['charge_id']:'...'`, and only what was there `lagMs` ago: the index is behind the ledger. */
export function searchIntents(books: Books, params: Form, lagMs: number): Outcome {
  const { query, limit } = parseParams(searchSchema, params);
  const chargeId = /^metadata\['charge_id'\]:'([^']*)'$/.exec(query)?.[1];
  if (chargeId === undefined)
    throw new ApiError(400, { type: "invalid_request_error", message: "This query is not known here", param: "query" });
  const found = books.ledger.list("payment_intent", { chargeId, limit, ...(lagMs > 0 && { lt: secondsOf(books.now() - lagMs) }) });
  return answered({ object: "search_result", url: "/v1/payment_intents/search", data: found, has_more: false, next_page: null });
}

const withCharge = (books: Books, intent: PaymentIntent, isExpanded: boolean): object =>
  isExpanded && intent.latest_charge !== null ? { ...intent, latest_charge: books.ledger.find("charge", intent.latest_charge) } : intent;
