/**
 * A round: what the root does for all who wait for units at the same moment. It gives what it has; when that is too little it
 * collects what is free at the shards, again and again, until everybody is served or it is proven that too little is left.
 *
 * The proof (a double collect): shard k gives back all that is free there and says `raised`, and the root counts what it then
 * has: `left`. At that instant, t, nothing has been lent since shard k was asked, so whatever may be sold there, or is on its way
 * back, became free there after it was asked. In the next collect shard k says `raised` again, and the difference is at least
 * that much. So at t no more was left anywhere than `left` and the differences together: `atMost`. An order that waited at t and
 * wants more than that may be refused; any other goes on waiting.
 */
import { assert } from "../../assert.ts";
import { availableOf } from "../ledger.ts";
import { grantAll, grantWhatFits, type BorrowRequest } from "./decide-grants.ts";
import { decideRegain, type ShardReading } from "./decide-transfer.ts";
import { outstandingOf, type Bank } from "./ledgers.ts";

/** What may be said to orders that were not served. */
export type Verdict =
  /** There was an instant since they began to wait at which no more than `atMost` units were left anywhere; `left`, to be told. */
  | { readonly kind: "collected"; readonly atMost: number; readonly left: number }
  /** A shard did not answer: it may have what they want. */
  | { readonly kind: "unreachable" };

export interface Round {
  readonly requests: readonly BorrowRequest[];
  /** How many collects there have been. */
  readonly collects: number;
  /** What the newest collect found; null before the first. */
  readonly found: { readonly left: number; readonly raised: ReadonlyMap<number, number> } | null;
}

export type RoundStep =
  /** Everything free is to be collected from the shards that `toCollect` names. */
  | { readonly kind: "collect"; readonly bank: Bank; readonly round: Round }
  /** Those who ask are answered. `verdict` null: nobody was left short. */
  | { readonly kind: "done"; readonly bank: Bank; readonly verdict: Verdict | null };

/** After so many collects in one round those who wait ask again, behind others. */
const maxCollects = 8;

/** Shards that may have units. Of all others it is certain that they have none. */
export const toCollect = ({ accounts }: Pick<Bank, "accounts">): readonly number[] =>
  accounts.filter((account) => outstandingOf(account) > 0).map(({ shard }) => shard);

/** Gives at once what is there; whoever wants more than that waits for what is collected. */
export function openRound(bank: Bank, requests: readonly BorrowRequest[]): RoundStep {
  const all = grantAll(bank, requests);
  if (all !== null) return { kind: "done", bank: all, verdict: null };
  const round: Round = { requests: requests.map(withoutOwn), collects: 0, found: null };
  return toCollect(bank).length === 0 ? close(bank, round, collectedAt(bank)) : { kind: "collect", bank, round };
}

/** What was free at whoever asks is collected too. */
const withoutOwn = (request: BorrowRequest): BorrowRequest => ({ ...request, available: 0 });

/** With nothing lent, what is free at the root is all there is. */
const collectedAt = ({ levels }: Bank): Verdict => ({ kind: "collected", atMost: availableOf(levels), left: availableOf(levels) });

/**
 * @param bank As it is now: the root's own orders go on meanwhile.
 * @param readings What the shards said as they gave back what was free.
 * @param missing How many did not answer.
 */
export function afterCollect(
  bank: Bank,
  round: Round,
  { readings, missing }: { readonly readings: readonly ShardReading[]; readonly missing: number },
): RoundStep {
  const regained = readings.reduce<Bank>(decideRegain, bank);
  const all = grantAll(regained, round.requests);
  if (all !== null) return { kind: "done", bank: all, verdict: null };
  if (missing > 0) return close(regained, round, { kind: "unreachable" });
  const next = foundBy(regained, round, readings);
  const verdict = verdictOf(round, readings);
  if (verdict === null) return { kind: "collect", bank: regained, round: next };
  const { bank: after, short, granted } = grantWhatFits(regained, round.requests);
  const nobodyMoves = granted === 0 && short.every((quantity) => quantity <= verdict.atMost);
  if (nobodyMoves && next.collects < maxCollects) return { kind: "collect", bank: regained, round: next };
  return { kind: "done", bank: after, verdict };
}

function foundBy(bank: Bank, { requests, collects }: Round, readings: readonly ShardReading[]): Round {
  const raised = new Map(readings.map((reading) => [reading.shard, reading.raised]));
  return { requests, collects: collects + 1, found: { left: availableOf(bank.levels), raised } };
}

/** Of the instant after the collect before this one; null when this is the first. */
function verdictOf({ found }: Round, readings: readonly ShardReading[]): Extract<Verdict, { kind: "collected" }> | null {
  if (found === null) return null;
  const raises = readings.map(({ shard, raised }) => {
    const before = found.raised.get(shard);
    assert(before !== undefined, `shard ${shard} was not collected from before`);
    return raised - before;
  });
  return { kind: "collected", left: found.left, atMost: raises.reduce((sum, units) => sum + units, found.left) };
}

function close(bank: Bank, { requests }: Round, verdict: Verdict): RoundStep {
  return { kind: "done", bank: grantWhatFits(bank, requests).bank, verdict };
}
