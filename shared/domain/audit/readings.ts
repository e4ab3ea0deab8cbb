/** What the audit reads, in the shape in which it is compared. Money in minor units, times in ms since the epoch. */
import type { Hold, OrderStatus } from "../order/state.ts";
import type { ShardReading } from "../stock/shards/decide-transfer.ts";

/** What else an order's rows say, in a shape that compares: prices in cart order, refunds by id. */
export interface RecordDetails {
  readonly prices: readonly (number | null)[];
  readonly refunds: readonly { readonly id: string; readonly amountMinor: number; readonly status: string }[];
  readonly failure: string | null;
  readonly journalEntries: number;
}

/** An order as its own actor has it on disk. */
export interface OrderReading {
  readonly orderId: string;
  readonly principalId: string;
  readonly status: OrderStatus;
  /** Nothing is under way: what it says of stock and money can be held against them. */
  readonly settled: boolean;
  /** Nothing is on its way to a consumer or to the stock actors. */
  readonly delivered: boolean;
  readonly version: number;
  readonly totalMinor: number | null;
  readonly currency: string | null;
  readonly payment: {
    readonly status: string;
    readonly method: string;
    readonly chargeId: string;
    readonly reference: string | null;
    readonly capturedMinor: number;
    readonly refundedMinor: number;
  };
  readonly lines: readonly LineReading[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly nextAtMs: number | null;
  readonly details: RecordDetails;
}

export interface LineReading {
  readonly sku: string;
  readonly reservationId: string;
  readonly quantity: number;
  readonly hold: Hold;
  readonly fulfilled: number;
  readonly returned: number;
}

/** A hold as its stock actor has it. Only orders' holds are compared one by one; operators' count in the sums. */
export interface HoldReading {
  readonly sku: string;
  /** Which object of the SKU keeps it; 0: the root. */
  readonly shard: number;
  readonly reservationId: string;
  readonly quantity: number;
  readonly returned: number;
  readonly state: "held" | "released" | "committed";
  readonly updatedAtMs: number;
}

/** One SKU's ledger, and the sums over its holds and deliveries at the same moment. */
export interface StockReading {
  readonly sku: string;
  readonly levels: { readonly onHand: number; readonly reserved: number; readonly sold: number; readonly received: number };
  readonly totals: { readonly held: number; readonly sold: number; readonly received: number };
  /** Of a split SKU: what each shard says of itself, and what the root counts of it. */
  readonly shards?: readonly (ShardReading & { readonly lent: number; readonly regained: number })[];
}

/** An order as Postgres has it, and how many confirmations were sent for it. */
export interface RecordReading {
  readonly orderId: string;
  readonly principalId: string;
  readonly status: string;
  readonly version: number;
  readonly totalMinor: number | null;
  readonly currency: string | null;
  /** null: there is no row. */
  readonly payment: {
    readonly status: string;
    readonly method: string;
    readonly reference: string | null;
    readonly amountMinor: number;
    readonly refundedMinor: number;
  } | null;
  readonly items: readonly Pick<LineReading, "sku" | "quantity" | "fulfilled" | "returned">[];
  readonly confirmations: number;
  readonly details: RecordDetails;
}

/** Money at the provider, as its own ledger has it. */
export interface CaptureReading {
  readonly orderId: string;
  readonly chargeId: string | null;
  readonly reference: string;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
  readonly createdAtMs: number;
}

/** What of a capture has not been given back. */
export const keptMinor = (capture: Pick<CaptureReading, "capturedMinor" | "refundedMinor">): number =>
  capture.capturedMinor - capture.refundedMinor;
