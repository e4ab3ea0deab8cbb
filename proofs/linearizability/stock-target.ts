import type { LedgerInput, LedgerOutput } from "./ledger-model.ts";

export interface StockCall {
  readonly sku: string;
  /** The request's idempotency key: the same one again is the same request. */
  readonly key: string;
  readonly input: LedgerInput;
}

export type StockAnswer =
  /** `replayed`: the answer is the one that an earlier request with this key got, and this one did nothing. */
  | { readonly kind: "answered"; readonly output: LedgerOutput; readonly replayed: boolean }
  /** It was turned away before anything was done. */
  | { readonly kind: "turned_away" }
  /** An order that goes on being worked at. */
  | { readonly kind: "accepted" };

/** What keeps stock and can be killed. */
export interface StockTarget {
  /** Starts, or starts again with what is on disk. */
  start(): Promise<void>;
  /** Makes a SKU known that nobody else uses. */
  openSku(sku: string): Promise<void>;
  /** @throws When there is no answer, or one that says that nobody knows (a 5xx). */
  perform(call: StockCall): Promise<StockAnswer>;
  /** Ends everything that works at calls, at once. When it returns, nothing of it runs any more. */
  kill(): Promise<void>;
}
