/**
 * A SKU over a root and its shards, run step by step on the pure decisions: what is durable survives a crash, what is not does
 * not, and an oracle that sees all of it at once says what is left anywhere.
 */
import { availableOf, noStock, type Levels } from "../../shared/domain/stock/ledger.ts";
import { decideCredit, decideRegain, decideSurrender, raisedBy, readingOf } from "../../shared/domain/stock/shards/decide-transfer.ts";
import type { BorrowRequest } from "../../shared/domain/stock/shards/decide-grants.ts";
import {
  accountOf,
  isSoundBank,
  isSoundShard,
  newPosition,
  type Bank,
  type ShardLedger,
} from "../../shared/domain/stock/shards/ledgers.ts";
import { afterCollect, openRound, toCollect, type Round, type RoundStep, type Verdict } from "../../shared/domain/stock/shards/round.ts";
import { inTransit } from "../../shared/domain/stock/shards/sum-levels.ts";
import { afterAnswer, askForAll, joinLine, type Line } from "../../shared/domain/stock/shards/waiting-line.ts";
import type { Message } from "./network.ts";

/** An order's call. `least`: the fewest units that were left anywhere at any instant since it came. */
export interface Call {
  readonly quantity: number;
  least: number;
  outcome: "waiting" | "held" | "refused" | "failed";
}

interface Shard {
  ledger: ShardLedger;
  line: Line<Call>;
  /** The request under way; null: none. */
  request: number | null;
}

interface Asking {
  readonly request: BorrowRequest;
  readonly answer: (verdict: Verdict | null) => void;
}

interface RunningRound {
  readonly askers: readonly Asking[];
  readonly round: Round;
  readonly collect: number;
  readonly waitingFor: Set<number>;
  readonly readings: ReturnType<typeof readingOf>[];
}

interface WorldOptions {
  /** Beside the root. */
  readonly shards: number;
  readonly send: (message: Message) => void;
  /** A call has ended. */
  readonly onOutcome: (call: Call) => void;
}

export class World {
  bank: Bank = { levels: noStock, accounts: [], shards: 1 };
  readonly shards: Shard[];
  #rootLine: Line<Call> = [];
  #rootAsks = false;
  #queue: Asking[] = [];
  #running: RunningRound | null = null;
  #next = 1;
  readonly #send: (message: Message) => void;
  readonly #onOutcome: (call: Call) => void;

  constructor({ shards, send, onOutcome }: WorldOptions) {
    this.#send = send;
    this.#onOutcome = onOutcome;
    this.shards = Array.from({ length: shards }, () => ({ ledger: { levels: noStock, position: newPosition }, line: [], request: null }));
  }

  /** Units that an order could be given, wherever they are. */
  get left(): number {
    const away = this.shards.map(({ ledger }, index) => availableOf(ledger.levels) + inTransit(this.bank, readingOf(index + 1, ledger, 0)));
    return away.reduce((sum, units) => sum + units, availableOf(this.bank.levels));
  }

  /** Over everything, what is on its way included. */
  get levels(): Levels {
    const all = [this.bank.levels, ...this.shards.map(({ ledger }) => ledger.levels)];
    const sum = (name: keyof Levels): number => all.reduce((total, levels) => total + levels[name], 0);
    return { onHand: sum("onHand"), reserved: sum("reserved"), sold: sum("sold"), received: sum("received") };
  }

  get isSound(): boolean {
    return isSoundBank(this.bank) && this.shards.every(({ ledger }) => isSoundShard(ledger));
  }

  get waiting(): number {
    return this.#lines.flat().length;
  }

  get #lines(): readonly Line<Call>[] {
    return [this.#rootLine, ...this.shards.map(({ line }) => line)];
  }

  /** The oracle looks: call it after every step. */
  observe(): void {
    for (const { item } of this.#lines.flat()) item.least = Math.min(item.least, this.left);
  }

  receive(units: number): void {
    const { levels } = this.bank;
    this.#setRoot({ ...levels, onHand: levels.onHand + units, received: levels.received + units });
  }

  order(shard: number, quantity: number): Call {
    const call: Call = { quantity, least: this.left, outcome: "waiting" };
    const at = this.shards[shard - 1];
    if (at === undefined) {
      this.#rootLine = joinLine(this.#rootLine, call, quantity);
      this.#serveRoot();
      this.#askAtRoot();
    } else {
      at.line = joinLine(at.line, call, quantity);
      this.#serve(at);
      this.#ask(shard);
    }
    return call;
  }

  /** Held units are given back (`release`) or sold (`commit`), or sold ones come back (`restock`), as many as there are of `units`. */
  move(shard: number, kind: "release" | "commit" | "restock", units: number): void {
    const at = this.shards[shard - 1];
    const before = at?.ledger.levels ?? this.bank.levels;
    const some = Math.min(units, kind === "restock" ? before.sold : before.reserved);
    const after: Levels = {
      ...before,
      reserved: before.reserved - (kind === "restock" ? 0 : some),
      onHand: before.onHand + (kind === "commit" ? -some : kind === "restock" ? some : 0),
      sold: before.sold + (kind === "commit" ? some : kind === "restock" ? -some : 0),
    };
    if (at === undefined) this.#setRoot(after);
    else {
      const { position } = at.ledger;
      at.ledger = { levels: after, position: { ...position, raised: position.raised + raisedBy(before, after) } };
    }
  }

  deliver(message: Message): void {
    switch (message.kind) {
      case "borrow":
        return this.#onBorrow(message);
      case "answer":
        return this.#onAnswer(message);
      case "collect":
        return this.#onCollect(message);
      case "collected":
        return this.#onCollected(message);
    }
  }

  /** The object's memory is gone; whoever waited there hears that the connection broke. 0: the root. */
  crash(shard: number): void {
    const at = this.shards[shard - 1];
    if (at !== undefined) {
      this.#fail(at.line.map(({ item }) => item));
      [at.line, at.request] = [[], null];
      return;
    }
    this.#fail(this.#rootLine.map(({ item }) => item));
    [this.#rootLine, this.#rootAsks, this.#queue, this.#running] = [[], false, [], null];
  }

  /** Whoever waits for an answer of another object gives up on it. 0: the root, on its collect. */
  timeOut(shard: number): void {
    const at = this.shards[shard - 1];
    if (at === undefined) {
      if (this.#running !== null) this.#goOn(this.#running, this.#running.waitingFor.size);
    } else if (at.request !== null) {
      this.#answered(shard, { kind: "unreachable" });
    }
  }

  #setRoot(levels: Levels): void {
    this.bank = { ...this.bank, levels };
    this.#serveRoot();
  }

  #serveRoot(): void {
    this.#rootLine = this.#rootLine.filter(({ item, quantity }) => {
      if (availableOf(this.bank.levels) < quantity) return true;
      const { levels } = this.bank;
      this.bank = { ...this.bank, levels: { ...levels, reserved: levels.reserved + quantity } };
      this.#end(item, "held");
      return false;
    });
  }

  #serve(shard: Shard): void {
    shard.line = shard.line.filter(({ item, quantity }) => {
      const { levels, position } = shard.ledger;
      if (availableOf(levels) < quantity) return true;
      shard.ledger = { position, levels: { ...levels, reserved: levels.reserved + quantity } };
      this.#end(item, "held");
      return false;
    });
  }

  #ask(number: number): void {
    const shard = this.#shard(number);
    if (shard.request !== null || shard.line.length === 0) return;
    const { line, quantities } = askForAll(shard.line);
    shard.line = line;
    shard.request = this.#next++;
    const available = availableOf(shard.ledger.levels);
    this.#send({ kind: "borrow", request: shard.request, reading: this.#reading(number), available, quantities });
  }

  #askAtRoot(): void {
    if (this.#rootAsks || this.#rootLine.length === 0) return;
    this.#rootAsks = true;
    const { line, quantities } = askForAll(this.#rootLine);
    this.#rootLine = line;
    const answer = (verdict: Verdict | null): void => {
      this.#serveRoot();
      const { line: still, refused, failed } = afterAnswer(this.#rootLine, verdict);
      this.#rootLine = still;
      this.#rootAsks = false;
      this.#refuse(refused.map(({ item }) => item));
      this.#fail(failed);
      this.#askAtRoot();
    };
    this.#join({ request: { shard: 0, available: 0, quantities }, answer });
  }

  #onBorrow({ request, reading, available, quantities }: Extract<Message, { kind: "borrow" }>): void {
    const { shard } = reading;
    this.bank = decideRegain(this.bank, reading);
    this.#serveRoot();
    const answer = (verdict: Verdict | null): void =>
      this.#send({ kind: "answer", shard, request, lent: accountOf(this.bank, shard).lent, verdict });
    this.#join({ request: { shard, available, quantities }, answer });
  }

  #onAnswer({ shard, request, lent, verdict }: Extract<Message, { kind: "answer" }>): void {
    const at = this.#shard(shard);
    at.ledger = decideCredit(at.ledger, lent);
    this.#serve(at);
    if (at.request === request) this.#answered(shard, verdict);
  }

  #answered(number: number, verdict: Verdict | null): void {
    const shard = this.#shard(number);
    const { line, refused, failed } = afterAnswer(shard.line, verdict);
    [shard.line, shard.request] = [line, null];
    this.#refuse(refused.map(({ item }) => item));
    this.#fail(failed);
    this.#ask(number);
  }

  /** This instant counts too. */
  #refuse(calls: readonly Call[]): void {
    for (const call of calls) {
      call.least = Math.min(call.least, this.left);
      this.#end(call, "refused");
    }
  }

  #fail(calls: readonly Call[]): void {
    for (const call of calls) this.#end(call, "failed");
  }

  #end(call: Call, outcome: Call["outcome"]): void {
    call.outcome = outcome;
    this.#onOutcome(call);
  }

  #onCollect({ shard, collect, lent }: Extract<Message, { kind: "collect" }>): void {
    const at = this.#shard(shard);
    at.ledger = decideCredit(at.ledger, lent);
    // Whoever waits there comes first, or two shards could take the last unit from each other for ever.
    this.#serve(at);
    at.ledger = decideSurrender(at.ledger);
    this.#send({ kind: "collected", collect, reading: this.#reading(shard) });
  }

  #onCollected({ collect, reading }: Extract<Message, { kind: "collected" }>): void {
    const running = this.#running;
    // A reply that nobody waits for any more still says what came back.
    if (running?.collect !== collect || !running.waitingFor.delete(reading.shard)) {
      this.bank = decideRegain(this.bank, reading);
      this.#serveRoot();
      return;
    }
    running.readings.push(reading);
    if (running.waitingFor.size === 0) this.#goOn(running, 0);
  }

  #join(asking: Asking): void {
    this.#queue.push(asking);
    if (this.#isIdle) this.#open();
  }

  get #isIdle(): boolean {
    return this.#running === null;
  }

  #open(): void {
    const askers = this.#queue.splice(0);
    if (askers.length === 0) return;
    this.#take(
      askers,
      openRound(
        this.bank,
        askers.map(({ request }) => request),
      ),
    );
  }

  #goOn({ askers, round, readings }: RunningRound, missing: number): void {
    this.#take(askers, afterCollect(this.bank, round, { readings, missing }));
  }

  #take(askers: readonly Asking[], step: RoundStep): void {
    this.#running = null;
    this.bank = step.bank;
    if (step.kind === "done") {
      for (const { answer } of askers) answer(step.verdict);
      if (this.#isIdle) this.#open();
      return;
    }
    const shards = toCollect(this.bank);
    const running: RunningRound = { askers, round: step.round, collect: this.#next++, waitingFor: new Set(shards), readings: [] };
    this.#running = running;
    for (const shard of shards) {
      this.#send({ kind: "collect", shard, collect: running.collect, lent: accountOf(this.bank, shard).lent });
    }
    if (shards.length === 0) this.#goOn(running, 0);
  }

  #reading(number: number) {
    return readingOf(number, this.#shard(number).ledger, 0);
  }

  #shard(number: number): Shard {
    const shard = this.shards[number - 1];
    if (shard === undefined) throw new Error(`no shard ${number}`);
    return shard;
  }
}
