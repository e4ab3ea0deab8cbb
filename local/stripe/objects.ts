/** What this Stripe keeps and answers: the fields of its objects that an integration reads. */
import { randomBytes } from "node:crypto";

export type Metadata = Readonly<Record<string, string>>;

export interface PaymentError {
  readonly type: "card_error";
  readonly code: string;
  readonly decline_code: string;
  readonly message: string;
  readonly payment_method: { readonly id: string; readonly object: "payment_method"; readonly type: "card" };
}

export interface PaymentIntent {
  readonly id: string;
  readonly object: "payment_intent";
  readonly amount: number;
  readonly amount_received: number;
  readonly currency: string;
  readonly status: "requires_payment_method" | "requires_confirmation" | "processing" | "canceled" | "succeeded";
  readonly metadata: Metadata;
  readonly allowed_payment_method_types: readonly string[] | null;
  readonly payment_method: string | null;
  readonly last_payment_error: PaymentError | null;
  readonly latest_charge: string | null;
  readonly capture_method: "automatic";
  readonly confirmation_method: "automatic";
  readonly canceled_at: number | null;
  readonly cancellation_reason: string | null;
  readonly created: number;
  readonly livemode: false;
}

export interface Charge {
  readonly id: string;
  readonly object: "charge";
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly currency: string;
  readonly status: "succeeded" | "failed";
  readonly paid: boolean;
  readonly captured: boolean;
  readonly refunded: boolean;
  readonly disputed: boolean;
  readonly payment_intent: string;
  readonly payment_method: string;
  readonly failure_code: string | null;
  readonly metadata: Metadata;
  readonly created: number;
  readonly livemode: false;
}

export interface Refund {
  readonly id: string;
  readonly object: "refund";
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly payment_intent: string;
  readonly status: "pending" | "succeeded";
  readonly reason: string | null;
  readonly metadata: Metadata;
  readonly created: number;
}

export interface StripeEvent {
  readonly id: string;
  readonly object: "event";
  readonly type: string;
  readonly api_version: string;
  readonly data: { readonly object: PaymentIntent | Charge | Refund };
  readonly created: number;
  readonly livemode: false;
}

export interface ObjectKinds {
  readonly payment_intent: PaymentIntent;
  readonly charge: Charge;
  readonly refund: Refund;
  readonly event: StripeEvent;
}
export type ObjectKind = keyof ObjectKinds;

export const newObjectId = (prefix: "pi" | "ch" | "re" | "evt" | "req"): string => `${prefix}_${randomBytes(12).toString("hex")}`;
export const secondsOf = (ms: number): number => Math.floor(ms / 1_000);
