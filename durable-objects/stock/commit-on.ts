import type { Joined, ReserveReply, StockWish } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import { decideCommit } from "../../shared/domain/stock/decide.ts";
import { holdKey } from "./hold-key.ts";
import type { LedgerBatch } from "./ledger-batch.ts";

export interface CommitCommand {
  readonly sku: string;
  readonly reservationId: string;
}

/** Turns one hold into a sale, on what the commands before it left. @throws Defect when nothing is held. */
export function commitOn(batch: LedgerBatch, { sku, reservationId }: CommitCommand): null {
  const key = holdKey({ owner: "order", reservationId });
  const decision = decideCommit(batch.ledger(sku).levels, batch.hold(sku, key));
  assert(decision.ok, `a sale without a hold: ${sku} ${reservationId}`);
  if (decision.changed) batch.change({ sku, key, hold: decision.hold }, decision.levels);
  return null;
}

export const noSaleHere = "a sale without a hold: no SKU was ever put here";

/** The answer of an object where no SKU was ever put. */
export const unknownTo = ({ kind }: StockWish): Joined<ReserveReply> =>
  kind === "reserve" ? { ok: true, reply: { ok: false, code: "unknown_sku" } } : { ok: false, error: noSaleHere };
