import { toStockLevels } from "../../shared/contracts/product-mapping.ts";
import type { ReserveReply } from "../../shared/contracts/rpc.ts";
import { decideReserve } from "../../shared/domain/stock/decide.ts";
import { availableOf, type Hold } from "../../shared/domain/stock/ledger.ts";
import { holdKey } from "./hold-key.ts";
import type { LedgerBatch } from "./ledger-batch.ts";
import type { ReserveCommand } from "./waiting-orders.ts";

/** Decides one hold on what the commands before it left, and keeps the change in the batch. */
export const reserveOn = (batch: LedgerBatch, command: ReserveCommand): ReserveReply =>
  reserve(batch, command, batch.hold(command.sku, holdKey(command)));

/**
 * As `reserveOn`, for a hold that is probably new: it is looked for in the table only when it would be refused if it were. When it
 * is not new, it cannot be added, and the batch cannot be written; then decide all of it again with `reserveOn`.
 */
export function reserveNewOn(batch: LedgerBatch, command: ReserveCommand): ReserveReply {
  const reply = reserve(batch, command, batch.knownHold(command.sku, holdKey(command)));
  return reply.ok ? reply : reserveOn(batch, command);
}

function reserve(batch: LedgerBatch, command: ReserveCommand, known: Hold | null): ReserveReply {
  const { sku, quantity, expiresAtMs = null } = command;
  const ledger = batch.ledger(sku);
  const { shards } = ledger;
  const decision = decideReserve({ ...ledger, hold: known, quantity, expiresAtMs });
  if (!decision.ok) {
    const { code, levels } = decision;
    return code === "out_of_stock" ? { ok: false, code, available: availableOf(levels), shards } : { ok: false, code };
  }
  const { hold, levels } = decision;
  if (decision.changed) batch.add({ sku, key: holdKey(command), hold }, levels);
  const { name, unitPriceMinor, currency, expiresAtMs: heldUntilMs } = hold;
  return { ok: true, name, unitPriceMinor, currency, expiresAtMs: heldUntilMs, levels: toStockLevels(sku, levels, shards) };
}
