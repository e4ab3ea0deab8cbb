import { toStockLevels } from "../../shared/contracts/product-mapping.ts";
import type { ReserveReply } from "../../shared/contracts/rpc.ts";
import { decideReserve } from "../../shared/domain/stock/decide.ts";
import { availableOf } from "../../shared/domain/stock/ledger.ts";
import { holdKey } from "./hold-key.ts";
import type { LedgerBatch } from "./ledger-batch.ts";
import type { ReserveCommand } from "./waiting-orders.ts";

/** Decides one hold on what the commands before it left, and keeps the change in the batch. */
export function reserveOn(batch: LedgerBatch, command: ReserveCommand): ReserveReply {
  const { sku, quantity, expiresAtMs = null } = command;
  const key = holdKey(command);
  const ledger = batch.ledger(sku);
  const { shards } = ledger;
  const decision = decideReserve({ ...ledger, hold: batch.hold(sku, key), quantity, expiresAtMs });
  if (!decision.ok) {
    const { code, levels } = decision;
    return code === "out_of_stock" ? { ok: false, code, available: availableOf(levels), shards } : { ok: false, code };
  }
  const { hold, levels } = decision;
  if (decision.changed) batch.change({ sku, key, hold }, levels);
  const { name, unitPriceMinor, currency, expiresAtMs: heldUntilMs } = hold;
  return { ok: true, name, unitPriceMinor, currency, expiresAtMs: heldUntilMs, levels: toStockLevels(sku, levels, shards) };
}
