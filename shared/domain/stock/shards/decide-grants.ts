/** Who gets how much of what is free at the root. */
import { availableOf } from "../ledger.ts";
import { decideLend } from "./decide-transfer.ts";
import type { Bank } from "./ledgers.ts";

/** A shard's wish for the orders that wait there at one moment. */
export interface BorrowRequest {
  /** 0: the root itself, whose own orders wait. */
  readonly shard: number;
  /** What is free at the shard as it asks: too little for any of them. */
  readonly available: number;
  /** What each of them wants, in the order in which they came. */
  readonly quantities: readonly number[];
}

export interface Grants {
  readonly bank: Bank;
  /** Units, of all orders that are served. */
  readonly granted: number;
  /** What each order wants that got nothing. */
  readonly short: readonly number[];
}

/**
 * Everything that is wanted, and to each shard that asks something more, so that it can serve the next orders alone: together at
 * most half of what is left, in shares as if every object asked. null when there is not enough for all.
 */
export function grantAll(bank: Bank, requests: readonly BorrowRequest[]): Bank | null {
  const wanted = requests.map(neededBy);
  const rest = availableOf(bank.levels) - wanted.reduce((sum, units) => sum + units, 0);
  if (rest < 0) return null;
  const share = Math.floor(rest / (2 * bank.shards));
  return requests.reduce((after, { shard }, index) => {
    const extra = shard < bank.shards ? share : 0;
    return shard === 0 ? after : decideLend(after, shard, (wanted[index] ?? 0) + extra);
  }, bank);
}

/** What a shard lacks: with it, and with what it has, it can serve all that wait. */
export const neededBy = ({ quantities, available }: BorrowRequest): number =>
  Math.max(0, quantities.reduce((sum, quantity) => sum + quantity, 0) - available);

/** What there is, to whole orders in turn; one that is too large is passed over. Call it when nothing is free at the shards. */
export function grantWhatFits(bank: Bank, requests: readonly BorrowRequest[]): Grants {
  let free = availableOf(bank.levels);
  let after = bank;
  const short: number[] = [];
  for (const { shard, quantities } of requests) {
    let units = 0;
    for (const quantity of quantities) {
      if (units + quantity <= free) units += quantity;
      else short.push(quantity);
    }
    free -= units;
    if (shard !== 0) after = decideLend(after, shard, units);
  }
  return { bank: after, granted: availableOf(bank.levels) - free, short };
}
