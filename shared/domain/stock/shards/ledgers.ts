/**
 * One SKU's stock over several objects: the root (shard 0), where the product and the deliveries are, and shards that it lends
 * units to. All numbers are units. The counters of a transfer are cumulative, one pair on each side, and never go down.
 */
import { isSound, type Levels } from "../ledger.ts";

export const maxShards = 64;

/** What the root counts of one shard. */
export interface ShardAccount {
  /** From 1. */
  readonly shard: number;
  /** Lent to it, ever. */
  readonly lent: number;
  /** Come back from it, ever. */
  readonly regained: number;
  /** The product's version that it has said it knows; 0: none. */
  readonly productVersion: number;
}

/** The root's side. In its levels `received` is what was delivered less what is lent, so that they balance as any ledger does. */
export interface Bank {
  readonly levels: Levels;
  /** Of every shard that was ever lent to, by number. */
  readonly accounts: readonly ShardAccount[];
  /** Over how many objects new orders are spread, the root included: 1 to `maxShards`. Only a hint: every shard's number is valid. */
  readonly shards: number;
}

/** A shard's side of the account. */
export interface ShardPosition {
  /** Credited of what was lent, ever. */
  readonly received: number;
  /** Given back, ever. */
  readonly surrendered: number;
  /** By how many units more could be sold here, summed over every time that it became more: credits, releases, what came back. */
  readonly raised: number;
}

/** In its levels `received` is what it was credited with less what it gave back. */
export interface ShardLedger {
  readonly levels: Levels;
  readonly position: ShardPosition;
}

export const newPosition: ShardPosition = { received: 0, surrendered: 0, raised: 0 };

/** What a shard may have, at most: on hand, sold, or on its way there or back. */
export const outstandingOf = ({ lent, regained }: ShardAccount): number => lent - regained;

export const accountOf = ({ accounts }: Pick<Bank, "accounts">, shard: number): ShardAccount =>
  accounts.find((account) => account.shard === shard) ?? { shard, lent: 0, regained: 0, productVersion: 0 };

/** Of all deliveries. */
export const deliveredTo = ({ levels, accounts }: Bank): number =>
  accounts.reduce((sum, account) => sum + outstandingOf(account), levels.received);

/** The bank with one account as it is now. */
export function withAccount(bank: Bank, account: ShardAccount): Bank {
  const others = bank.accounts.filter(({ shard }) => shard !== account.shard);
  return { ...bank, accounts: [...others, account].sort((one, other) => one.shard - other.shard) };
}

/** What the root asserts before every commit. */
export function isSoundBank(bank: Bank): boolean {
  const { levels, accounts } = bank;
  const counters = accounts.flatMap(({ lent, regained }) => [lent, regained, lent - regained]);
  return isSound(levels) && counters.every(isCount) && isCount(deliveredTo(bank));
}

/** What a shard asserts before every commit. */
export function isSoundShard({ levels, position }: ShardLedger): boolean {
  const { received, surrendered, raised } = position;
  return isSound(levels) && [received, surrendered, raised].every(isCount) && levels.received === received - surrendered;
}

const isCount = (units: number): boolean => Number.isSafeInteger(units) && units >= 0;
