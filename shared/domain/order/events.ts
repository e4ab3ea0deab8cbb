/** What has happened to an order. Each one is also one entry of its journal. */
import type { LineQuantity } from "./after-sale.ts";
import type { Failure } from "./state.ts";

/** What one stock actor answered for one line; `unknown`: it did not answer in time. */
export type ReservationResult =
  | { readonly sku: string; readonly kind: "held"; readonly name: string; readonly unitPriceMinor: number; readonly currency: string }
  | { readonly sku: string; readonly kind: "out_of_stock"; readonly available: number }
  | { readonly sku: string; readonly kind: "unknown_sku" }
  /** The hold was released before, or stands with another quantity. */
  | { readonly sku: string; readonly kind: "conflict" }
  | { readonly sku: string; readonly kind: "unknown" };

export interface PlacedLine extends LineQuantity {
  /** Which object of the SKU is asked for it. Default: 0, the root. */
  readonly shard?: number;
}

export interface PlacedOrder {
  readonly orderId: string;
  readonly principalId: string;
  readonly lines: readonly PlacedLine[];
  readonly paymentMethod: string;
  readonly onDecline: "fail" | "wait";
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

export type PaymentStep = "process_payment" | "look_up_payment" | "void_payment";

/** The saga itself. */
type SagaEvent =
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
  /** Too late to go on waiting. A charge that an earlier run, lost in a crash, may have sent is voided before anything is released. */
  | { readonly type: "inventory_given_up"; readonly results: readonly ReservationResult[]; readonly failure: Failure }
  /** `amountMinor`: what the provider says it took; null when it is the total that was asked for. */
  | { readonly type: "payment_captured"; readonly step: PaymentStep; readonly reference: string; readonly amountMinor: number | null }
  /** `reason`: the provider's word, such as `insufficient_funds`. */
  | {
      readonly type: "payment_refused";
      readonly step: PaymentStep;
      readonly declined: boolean;
      readonly reason: string;
      readonly failure: Failure;
    }
  /** Refused, and the order waits for another card with its stock held. */
  | { readonly type: "payment_awaited"; readonly step: PaymentStep; readonly reason: string }
  /** `charged` null: the outcome is not known. false: the provider never got the charge, it may be sent again. */
  | { readonly type: "payment_unknown"; readonly step: PaymentStep; readonly charged: null | false }
  /** The hold has ended and the outcome is still not known: the charge is voided before anything is released. */
  | { readonly type: "payment_given_up"; readonly step: PaymentStep; readonly failure: Failure }
  | { readonly type: "payment_voided" }
  | { readonly type: "payment_method_changed"; readonly operationId: string; readonly method: string }
  /** No other card came in time. */
  | { readonly type: "hold_expired"; readonly failure: Failure }
  | { readonly type: "inventory_released"; readonly released: readonly string[]; readonly unknown: readonly string[] }
  | { readonly type: "order_confirmed" }
  | { readonly type: "order_failed" };

/** What comes after, or in between, because somebody asked for it. */
export type AfterSaleEvent =
  | { readonly type: "cancel_requested"; readonly operationId: string; readonly reason: string | null }
  | { readonly type: "cancellation_begun" }
  | { readonly type: "order_cancelled" }
  | { readonly type: "refund_requested"; readonly operationId: string; readonly amountMinor: number; readonly reason: string }
  | { readonly type: "payment_refunded"; readonly operationId: string; readonly reference: string }
  | { readonly type: "refund_refused"; readonly operationId: string; readonly detail: string }
  | { readonly type: "refund_unknown"; readonly operationId: string }
  | { readonly type: "order_refunded" }
  /** Money that was there though the order had ended without it. */
  | { readonly type: "stray_capture_found"; readonly reference: string; readonly amountMinor: number }
  | { readonly type: "items_fulfilled"; readonly operationId: string; readonly lines: readonly LineQuantity[] }
  | { readonly type: "order_fulfilled" }
  | {
      readonly type: "return_requested";
      readonly operationId: string;
      readonly lines: readonly LineQuantity[];
      readonly reason: string | null;
    }
  | { readonly type: "return_restocked"; readonly operationId: string }
  | { readonly type: "return_unknown"; readonly operationId: string };

export type OrderEvent = EventTime & (SagaEvent | AfterSaleEvent);
