/** What actors say of themselves to the audit. Plain data, over RPC. */
import type { WireOrder } from "./order.ts";
import type { WirePayment } from "./payment.ts";
import type { ShardReading } from "../domain/stock/shards/decide-transfer.ts";
import type { ReservationOwner, StockLevels } from "./rpc.ts";

/** An order as the audit compares it with its neighbours. Money in minor units. */
export interface OrderAudit {
  readonly orderId: string;
  readonly principalId: string;
  readonly status: WireOrder["status"];
  /** Nothing is under way: what it says of stock and money can be held against them. */
  readonly settled: boolean;
  /** Nothing is on its way to a consumer or to the stock actors. */
  readonly delivered: boolean;
  readonly version: number;
  readonly totalMinor: number | null;
  readonly currency: string | null;
  readonly payment: {
    readonly status: WirePayment["status"];
    readonly method: string;
    /** The newest charge's id at the provider. */
    readonly chargeId: string;
    readonly reference: string | null;
    readonly capturedMinor: number;
    readonly refundedMinor: number;
  };
  readonly lines: readonly {
    readonly sku: string;
    readonly reservationId: string;
    readonly quantity: number;
    readonly hold: "none" | "unknown" | "held" | "sold" | "released" | "restocked";
    readonly fulfilled: number;
    readonly returned: number;
  }[];
  /** What else its rows in Postgres must say: prices in cart order, all refunds. */
  readonly details: {
    readonly prices: readonly (number | null)[];
    readonly refunds: readonly { readonly id: string; readonly amountMinor: number; readonly status: string }[];
    readonly failure: string | null;
    readonly journalEntries: number;
  };
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When its alarm should take it up; null when there is nothing to do. */
  readonly nextAtMs: number | null;
}

/** A ledger and a page of its holds, of one reading. */
export interface StockAudit {
  readonly levels: StockLevels;
  readonly totals: {
    /** Units of holds that stand, of both owners. */
    readonly held: number;
    /** Units of committed holds, less what came back. */
    readonly sold: number;
    /** Units of all deliveries. */
    readonly received: number;
  };
  readonly holds: readonly StockHoldAudit[];
  /** `after` of the next page; null when this is the last. */
  readonly next: string | null;
  /** Of a split SKU: what each shard says of itself, and what the root counts of it. */
  readonly shards?: readonly ShardCounters[];
}

export interface StockHoldAudit {
  readonly reservationId: string;
  readonly owner: ReservationOwner;
  /** Which object of the SKU keeps it; 0: the root. */
  readonly shard: number;
  readonly quantity: number;
  readonly returned: number;
  readonly state: "held" | "released" | "committed";
  readonly updatedAtMs: number;
  readonly expiresAtMs: number | null;
}

export interface ShardCounters extends ShardReading {
  readonly lent: number;
  readonly regained: number;
}

/** One object's part of a split SKU, of one reading. */
export interface ShardAudit {
  readonly reading: ShardReading;
  readonly totals: { readonly held: number; readonly sold: number };
  readonly holds: readonly (StockHoldAudit & { readonly key: string })[];
}
