/** What has happened to an order. Each one is also one entry of its journal. */
import type { Failure } from "./state.ts";

/** What one stock actor answered for one line; `unknown`: it did not answer in time. */
export type ReservationResult =
  | { readonly sku: string; readonly kind: "held"; readonly name: string; readonly unitPriceMinor: number; readonly currency: string }
  | { readonly sku: string; readonly kind: "out_of_stock"; readonly available: number }
  | { readonly sku: string; readonly kind: "unknown_sku" }
  /** The hold was released before, or stands with another quantity. */
  | { readonly sku: string; readonly kind: "conflict" }
  | { readonly sku: string; readonly kind: "unknown" };

export interface PlacedOrder {
  readonly orderId: string;
  readonly principalId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly expectedTotalMinor: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly correlationId: string;
}

/** When it was known, how long the step took, and what made the step run. */
export interface EventTime {
  readonly atMs: number;
  readonly durationMs: number;
  readonly cause: string;
}

/** An event as a decision makes it, before it is known when. */
export type Untimed<Event> = Event extends unknown ? Omit<Event, keyof EventTime> : never;

export type PaymentStep = "process_payment" | "look_up_payment";

export type OrderEvent = EventTime &
  (
    | { readonly type: "order_placed"; readonly order: PlacedOrder; readonly giveUpAtMs: number }
    | { readonly type: "cart_validated" }
    | {
        readonly type: "inventory_reserved";
        readonly results: readonly ReservationResult[];
        readonly totalMinor: number;
        readonly currency: string;
      }
    | { readonly type: "inventory_refused"; readonly results: readonly ReservationResult[]; readonly failure: Failure }
    | { readonly type: "inventory_unknown"; readonly results: readonly ReservationResult[] }
    /** Too late to go on waiting. Whether an earlier run, lost in a crash, has charged is asked before anything is released. */
    | { readonly type: "inventory_given_up"; readonly results: readonly ReservationResult[]; readonly failure: Failure }
    | { readonly type: "payment_captured"; readonly step: PaymentStep; readonly reference: string }
    | { readonly type: "payment_refused"; readonly step: PaymentStep; readonly declined: boolean; readonly failure: Failure }
    /** `charged` null: the outcome is not known. false: the provider never got the charge, it may be sent again. */
    | { readonly type: "payment_unknown"; readonly step: PaymentStep; readonly charged: null | false }
    | { readonly type: "inventory_released"; readonly released: readonly string[]; readonly unknown: readonly string[] }
    | { readonly type: "order_confirmed" }
    | { readonly type: "order_failed" }
  );
