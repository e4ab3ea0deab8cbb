/**
 * What the root of a split SKU does with its shards, one thing at a time: rounds for those who wait (all who come while another
 * is under way share the next), and readings of the whole SKU. So nothing is lent or regained while a reading is taken.
 */
import type { StockLevels } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import type { BorrowRequest } from "../../shared/domain/stock/shards/decide-grants.ts";
import { decideRegain, type ShardReading } from "../../shared/domain/stock/shards/decide-transfer.ts";
import { isSoundBank, type Bank } from "../../shared/domain/stock/shards/ledgers.ts";
import { afterCollect, openRound, toCollect, type RoundStep, type Verdict } from "../../shared/domain/stock/shards/round.ts";

export interface BankPorts {
  readonly read: () => Bank;
  /** In one commit. */
  readonly write: (before: Bank, after: Bank) => void;
  /** Tells a shard all that the root has to say to it; with `surrender` it gives back what is free there. Throws when it cannot be reached. */
  readonly settle: (shard: number, surrender: boolean) => Promise<ShardReading>;
  /** A shard did not answer. */
  readonly onMissing: (error: unknown) => void;
}

interface Asking {
  readonly request: BorrowRequest;
  /** What the shard that asks says of itself; null: the root's own orders. */
  readonly reading: ShardReading | null;
  readonly resolve: (verdict: Verdict | null) => void;
  readonly reject: (error: unknown) => void;
}

export interface Collected {
  readonly readings: readonly ShardReading[];
  /** How many shards did not answer. */
  readonly missing: number;
}

export class RootBank {
  readonly #ports: BankPorts;
  #askers: Asking[] = [];
  /** The reading that waits for its turn; null when none does. */
  #reading: Promise<StockLevels> | null = null;
  /** Ends when nothing is under way; never rejects. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: BankPorts) {
    this.#ports = ports;
  }

  /** Ends when the units are lent, or with what may be said to those who get none. */
  ask(request: BorrowRequest, reading: ShardReading | null): Promise<Verdict | null> {
    const answer = new Promise<Verdict | null>((resolve, reject) => this.#askers.push({ request, reading, resolve, reject }));
    if (this.#askers.length === 1) void this.inTurn(() => this.#runRound());
    return answer;
  }

  /** Does the work when nothing else is under way with the shards. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** As `inTurn`, for a reading that all share who ask before it begins: readers must not keep borrowers from their turn. */
  readTogether(read: () => Promise<StockLevels>): Promise<StockLevels> {
    return (this.#reading ??= this.inTurn(() => {
      this.#reading = null;
      return read();
    }));
  }

  /** Only in turn. */
  async settleAll(shards: readonly number[], surrender: boolean): Promise<Collected> {
    const settled = await Promise.allSettled(shards.map((shard) => this.#ports.settle(shard, surrender)));
    const readings = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    for (const result of settled) if (result.status === "rejected") this.#ports.onMissing(result.reason);
    return { readings, missing: shards.length - readings.length };
  }

  /** Only in turn: books what shards have said that they gave back. */
  regain(readings: readonly ShardReading[]): Bank {
    const before = this.#ports.read();
    return this.#save(before, readings.reduce<Bank>(decideRegain, before));
  }

  async #runRound(): Promise<void> {
    const askers = this.#askers;
    this.#askers = [];
    try {
      const verdict = await this.#serve(askers);
      for (const { resolve } of askers) resolve(verdict);
    } catch (error) {
      for (const { reject } of askers) reject(error);
    }
  }

  async #serve(askers: readonly Asking[]): Promise<Verdict | null> {
    const readings = askers.flatMap(({ reading }) => reading ?? []);
    const requests = askers.map(({ request }) => request);
    let step = this.#decide((bank) => openRound(readings.reduce<Bank>(decideRegain, bank), requests));
    while (step.kind === "collect") {
      const { bank, round } = step;
      const collected = await this.settleAll(toCollect(bank), true);
      step = this.#decide((now) => afterCollect(now, round, collected));
    }
    return step.verdict;
  }

  #decide(decide: (bank: Bank) => RoundStep): RoundStep {
    const before = this.#ports.read();
    const step = decide(before);
    this.#save(before, step.bank);
    return step;
  }

  #save(before: Bank, after: Bank): Bank {
    assert(isSoundBank(after), `the accounts would not balance: ${JSON.stringify(after)}`);
    if (after !== before) this.#ports.write(before, after);
    return after;
  }
}
