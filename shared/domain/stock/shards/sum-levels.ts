/** A whole SKU's stock, from what the root counts and what its shards say. */
import type { Levels } from "../ledger.ts";
import type { ShardReading } from "./decide-transfer.ts";
import { accountOf, deliveredTo, outstandingOf, type Bank, type ShardAccount } from "./ledgers.ts";

/**
 * Balanced whatever moves meanwhile, as long as the root neither lends nor regains between the first reading and the last: what is
 * on its way counts as on hand.
 *
 * @param readings Of every shard of which `toCollect` says that it may have units.
 */
export function sumLevels(bank: Bank, readings: readonly ShardReading[]): Levels {
  const sum = (count: (reading: ShardReading) => number): number => readings.reduce((total, reading) => total + count(reading), 0);
  const { onHand, reserved, sold } = bank.levels;
  return {
    onHand: onHand + sum((reading) => reading.onHand + inTransit(bank, reading)),
    reserved: reserved + sum((reading) => reading.reserved),
    sold: sold + sum((reading) => reading.sold),
    received: deliveredTo(bank),
  };
}

/** Lent and not yet credited, given back and not yet regained. */
export function inTransit(bank: Bank, { shard, received, surrendered }: ShardReading): number {
  const { lent, regained } = accountOf(bank, shard);
  return lent - received + (surrendered - regained);
}

/**
 * What cannot be, whatever was lost or came late: a shard that got more than it was lent, gave back less than came back, or has
 * something else than that makes. null when all is well.
 */
export function disagreementOf({ lent, regained }: Pick<ShardAccount, "lent" | "regained">, reading: ShardReading): string | null {
  const { shard, received, surrendered, onHand, sold } = reading;
  if (received > lent) return `shard ${shard} received ${received}, and was lent ${lent}`;
  if (surrendered < regained) return `shard ${shard} gave back ${surrendered}, and ${regained} came back`;
  if (onHand + sold + surrendered === received) return null;
  return `shard ${shard} received ${received}, and has ${onHand} on hand, ${sold} sold and ${surrendered} given back`;
}

/** Shards among which new orders are not spread any more and that may still have something to give back. */
export const retiredShards = ({ accounts, shards }: Bank): readonly number[] =>
  accounts.filter((account) => account.shard >= shards && outstandingOf(account) > 0).map(({ shard }) => shard);
