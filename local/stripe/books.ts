import { ApiError, noSuch } from "./api-error.ts";
import type { Answer, Ledger } from "./ledger.ts";
import { type Charge, newObjectId, type ObjectKinds, type PaymentIntent, secondsOf, type StripeEvent } from "./objects.ts";

/** What one request comes to. It is kept under its idempotency key, if it has one, unless it was `lost`. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** Done, and the answer gets lost. */
  | { readonly kind: "unanswered"; readonly answer: Answer }
  /** It never arrived: nothing was done. */
  | { readonly kind: "lost" }
  /** Goes on after a while, in a transaction of its own. */
  | { readonly kind: "later"; readonly ms: number; readonly finish: () => Outcome };

export const answered = (body: unknown, status = 200): Outcome => ({ kind: "answered", answer: { status, body } });

export interface WebhookTiming {
  /** How long after it happened an event is delivered first, ms. Default 0. */
  readonly delayMs?: number | undefined;
  /** How often each event is delivered, however often it was taken. Default 1. */
  readonly copies?: number | undefined;
}

export interface BooksOptions {
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly webhooks: WebhookTiming;
}

/**
 * The events that our webhook endpoint is subscribed to, as a shop's should be: those after which an order has something to ask.
 * The others are in /v1/events only.
 */
const subscribed: ReadonlySet<string> = new Set([
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "charge.refunded",
]);

const apiVersion = "2026-10-28.endive";

/** What happens to money here, and the events that tell of it. Every method belongs into a transaction. */
export class Books {
  readonly ledger: Ledger;
  readonly now: () => number;
  readonly #webhooks: WebhookTiming;

  constructor({ ledger, now, webhooks }: BooksOptions) {
    this.ledger = ledger;
    this.now = now;
    this.#webhooks = webhooks;
  }

  /** @throws ApiError 404 */
  intent(id: string): PaymentIntent {
    const intent = this.ledger.find("payment_intent", id);
    if (intent === undefined) throw noSuch("payment_intent", id, "id");
    return intent;
  }

  change(intent: PaymentIntent, change: Partial<PaymentIntent>): PaymentIntent {
    return this.ledger.put<"payment_intent">({ ...intent, ...change });
  }

  /** The money changes hands, here and nowhere else. */
  capture(intent: PaymentIntent, paymentMethod: string): PaymentIntent {
    const charge = this.#charge(intent, { status: "succeeded", paymentMethod, failureCode: null });
    const done = { status: "succeeded", amount_received: intent.amount, latest_charge: charge.id, last_payment_error: null } as const;
    const captured = this.change(intent, { ...done, payment_method: paymentMethod });
    this.emit("charge.succeeded", charge);
    this.emit("payment_intent.succeeded", captured);
    return captured;
  }

  failedCharge(intent: PaymentIntent, paymentMethod: string, failureCode: string): Charge {
    const charge = this.#charge(intent, { status: "failed", paymentMethod, failureCode });
    this.emit("charge.failed", charge);
    return charge;
  }

  /** Captures what has been processed long enough, also when the process that began with it is gone. */
  settleProcessed(): void {
    for (const id of this.ledger.takeProcessed(this.now())) {
      const intent = this.intent(id);
      if (intent.status === "processing" && intent.payment_method !== null) this.capture(intent, intent.payment_method);
    }
  }

  emit(type: string, object: StripeEvent["data"]["object"]): void {
    const created = secondsOf(this.now());
    const id = newObjectId("evt");
    this.ledger.put<"event">({ id, object: "event", type, api_version: apiVersion, data: { object }, created, livemode: false });
    if (!subscribed.has(type)) return;
    const dueMs = this.now() + (this.#webhooks.delayMs ?? 0);
    for (let copy = 1; copy <= (this.#webhooks.copies ?? 1); copy += 1) this.ledger.addDelivery(id, { copy, dueMs });
  }

  #charge(
    intent: PaymentIntent,
    { status, paymentMethod, failureCode }: { status: Charge["status"]; paymentMethod: string; failureCode: string | null },
  ): Charge {
    const isPaid = status === "succeeded";
    const charge: ObjectKinds["charge"] = {
      id: newObjectId("ch"),
      object: "charge",
      amount: intent.amount,
      amount_captured: isPaid ? intent.amount : 0,
      amount_refunded: 0,
      currency: intent.currency,
      status,
      paid: isPaid,
      captured: isPaid,
      refunded: false,
      disputed: false,
      payment_intent: intent.id,
      payment_method: paymentMethod,
      failure_code: failureCode,
      metadata: intent.metadata,
      created: secondsOf(this.now()),
      livemode: false,
    };
    return this.ledger.put<"charge">(charge, intent.id);
  }
}

/** https://docs.stripe.com/error-codes#payment-intent-unexpected-state */
export const unexpectedState = (intent: PaymentIntent, verb: "confirm" | "cancel"): ApiError =>
  new ApiError(400, {
    type: "invalid_request_error",
    code: "payment_intent_unexpected_state",
    message: `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`,
    payment_intent: intent,
  });
