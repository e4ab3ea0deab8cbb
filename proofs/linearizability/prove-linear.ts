/** Records histories of a stock target and checks each; the totals can be quoted. */
import { checkHistory, type Verdict } from "./check-history.ts";
import { createLedgerModel, type Book, type LedgerInput, type LedgerOutput } from "./ledger-model.ts";
import { recordHistories, type RecordOptions, type StockHistory } from "./record-histories.ts";

export interface LinearTotals {
  readonly histories: number;
  /** Calls in them; one that was sent again counts again, and so does the sale that follows an order. */
  readonly operations: number;
  readonly kills: number;
  /** Calls of which nobody knows whether they were done. */
  readonly unknown: number;
  /** Configurations that the checker looked at. */
  readonly explored: number;
}

export type Refused = Exclude<Verdict<Book, LedgerInput, LedgerOutput>, { kind: "linearizable" }>;

export type LinearResult =
  | { readonly ok: true; readonly totals: LinearTotals }
  /** The first history that is refused, or too hard to decide; the recording ends with it. */
  | { readonly ok: false; readonly totals: LinearTotals; readonly history: StockHistory; readonly verdict: Refused };

interface ProveOptions extends RecordOptions {
  readonly onProgress?: (totals: LinearTotals) => void;
}

export async function proveLinear({ onProgress, ...options }: ProveOptions): Promise<LinearResult> {
  let totals: LinearTotals = { histories: 0, operations: 0, kills: 0, unknown: 0, explored: 0 };
  for await (const { history, kills } of recordHistories(options)) {
    const verdict = checkStockHistory(history);
    totals = {
      histories: totals.histories + 1,
      operations: totals.operations + history.calls.length,
      kills,
      unknown: totals.unknown + history.calls.filter(isUnknown).length,
      explored: totals.explored + verdict.explored,
    };
    if (verdict.kind !== "linearizable") return { ok: false, totals, history, verdict };
    onProgress?.(totals);
  }
  return { ok: true, totals };
}

/** Whether one SKU's history is that of a ledger. */
export const checkStockHistory = ({ calls }: StockHistory): Verdict<Book, LedgerInput, LedgerOutput> =>
  checkHistory(createLedgerModel(), calls);

/** A sale is never answered: it is no call whose answer was lost. */
const isUnknown = ({ input, output }: StockHistory["calls"][number]): boolean => output === undefined && input.kind !== "sell";
