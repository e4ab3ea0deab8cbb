/**
 * How units move between the root and a shard. Both sides keep what has moved so far, every message carries it, and only the
 * difference is booked: a message that is lost, late, repeated or overtaken by another moves nothing twice and loses nothing.
 */
import { assert } from "../../assert.ts";
import { availableOf, type Levels } from "../ledger.ts";
import { accountOf, withAccount, type Bank, type ShardLedger, type ShardPosition } from "./ledgers.ts";

/** What a shard says of itself in every message to the root, at one moment. */
export interface ShardReading extends ShardPosition {
  readonly shard: number;
  readonly productVersion: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly sold: number;
}

export function readingOf(shard: number, { levels, position }: ShardLedger, productVersion: number): ShardReading {
  const { onHand, reserved, sold } = levels;
  return { shard, productVersion, ...position, onHand, reserved, sold };
}

/** Root: takes units out of what is free here. The shard has them when it hears of it, by whichever message. */
export function decideLend(bank: Bank, shard: number, units: number): Bank {
  if (units === 0) return bank;
  assert(units > 0 && units <= availableOf(bank.levels), `${units} units cannot be lent`);
  const account = accountOf(bank, shard);
  return withAccount({ ...bank, levels: moved(bank.levels, -units) }, { ...account, lent: account.lent + units });
}

/** Root: books what a shard says that it has given back, and which product it knows. Old news changes nothing. */
export function decideRegain(bank: Bank, reading: Pick<ShardReading, "shard" | "surrendered" | "productVersion">): Bank {
  const account = accountOf(bank, reading.shard);
  const units = Math.max(0, reading.surrendered - account.regained);
  const productVersion = Math.max(account.productVersion, reading.productVersion);
  if (units === 0 && productVersion === account.productVersion) return bank;
  const after = { ...account, regained: account.regained + units, productVersion };
  return withAccount({ ...bank, levels: moved(bank.levels, units) }, after);
}

/** Shard: books what the root says that it has lent, ever. Old news changes nothing. */
export function decideCredit(ledger: ShardLedger, lent: number): ShardLedger {
  const units = Math.max(0, lent - ledger.position.received);
  if (units === 0) return ledger;
  const { received, surrendered, raised } = ledger.position;
  const levels = moved(ledger.levels, units);
  return { levels, position: { received: received + units, surrendered, raised: raised + raisedBy(ledger.levels, levels) } };
}

/** Shard: gives back all that is free. */
export function decideSurrender(ledger: ShardLedger): ShardLedger {
  const units = availableOf(ledger.levels);
  if (units === 0) return ledger;
  const { position } = ledger;
  return { levels: moved(ledger.levels, -units), position: { ...position, surrendered: position.surrendered + units } };
}

/** By how many units more can be sold after a change than before it: what any change of a shard's ledger adds to `raised`. */
export const raisedBy = (before: Levels, after: Levels): number => Math.max(0, availableOf(after) - availableOf(before));

const moved = (levels: Levels, units: number): Levels => ({
  ...levels,
  onHand: levels.onHand + units,
  received: levels.received + units,
});
