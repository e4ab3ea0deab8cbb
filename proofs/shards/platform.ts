/**
 * A hot SKU on a platform whose objects each do so many writes a second: orders come at random, each for one unit, and every
 * object works on one request after the other. What the objects say to each other is the shipped protocol, decision by decision;
 * what a request costs is the parameters'.
 */
import { EventQueue } from "./event-queue.ts";
import type { Message } from "./network.ts";
import { World, type Call } from "./world.ts";
import { seededRandom, type Random } from "../shared/random.ts";

export interface PlatformPlan {
  /** Objects of the SKU, the root included. */
  readonly shards: number;
  /** Requests that write, and requests that only read, that one object can do in a second. */
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  /** A message is under way for so long, ms. */
  readonly hopMs: number;
  /** Orders in a second, and for how long they come. */
  readonly ordersPerSecond: number;
  readonly seconds: number;
  readonly units: number;
  /** From a hold to what becomes of it, ms; and how many holds of a hundred are given back. */
  readonly paymentMs: number;
  readonly declinedPercent: number;
  readonly seed: number;
}

export interface PlatformResult {
  readonly held: number;
  readonly refused: number;
  /** Net of what was given back. */
  readonly sold: number;
  /** From the order's request to its answer, ms, in the order of the answers. */
  readonly heldMs: readonly number[];
  readonly refusedMs: readonly number[];
  /** When the first 90% of the units were held, ms: from then on it is the end game. */
  readonly nearlyOutMs: number;
  /** How much of that time, and of the rest until everything was done, the root was at work, 0 to 1. */
  readonly rootBusy: readonly [number, number];
  readonly borrows: number;
  readonly collects: number;
  /** When nothing was left to do, the sales of what was held included, ms. */
  readonly doneMs: number;
}

type Job = () => void;

export function simulatePlatform(plan: PlatformPlan): PlatformResult {
  return new Platform(plan).run();
}

class Platform {
  readonly #plan: PlatformPlan;
  readonly #events = new EventQueue();
  readonly #random: Random;
  readonly #world: World;
  /** What each object is to do, and whether it is at it. 0: the root. */
  readonly #queues: Job[][];
  readonly #isBusy: boolean[];
  readonly #askedAtMs = new Map<Call, { readonly atMs: number; readonly shard: number }>();
  /** Of the request that is being worked on. */
  #sent: Message[] = [];
  #ended: Call[] = [];
  readonly #heldMs: number[] = [];
  readonly #refusedMs: number[] = [];
  readonly #rootBusyMs: [number, number] = [0, 0];
  #nearlyOutMs = Infinity;
  #doneMs = 0;
  #counts = { borrow: 0, collect: 0 };

  constructor(plan: PlatformPlan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
    this.#queues = Array.from({ length: plan.shards }, () => []);
    this.#isBusy = this.#queues.map(() => false);
    this.#world = new World({
      shards: plan.shards - 1,
      send: (message) => this.#sent.push(message),
      onOutcome: (call) => this.#ended.push(call),
    });
    this.#world.bank = { ...this.#world.bank, shards: plan.shards };
    this.#world.receive(plan.units);
  }

  run(): PlatformResult {
    this.#comeAt(this.#gapMs());
    this.#events.run();
    const { levels } = this.#world;
    const [before, after] = this.#rootBusyMs;
    const endMs = Math.min(this.#nearlyOutMs, this.#doneMs);
    return {
      held: this.#heldMs.length,
      refused: this.#refusedMs.length,
      sold: levels.sold,
      heldMs: this.#heldMs,
      refusedMs: this.#refusedMs,
      nearlyOutMs: this.#nearlyOutMs,
      rootBusy: [before / Math.max(1, endMs), after / Math.max(1, this.#doneMs - endMs)],
      borrows: this.#counts.borrow,
      collects: this.#counts.collect,
      doneMs: this.#doneMs,
    };
  }

  #gapMs(): number {
    return (-Math.log(1 - this.#random.next()) / this.#plan.ordersPerSecond) * 1_000;
  }

  #comeAt(atMs: number): void {
    if (atMs > this.#plan.seconds * 1_000) return;
    this.#events.at(atMs, () => {
      const shard = Math.floor(this.#random.next() * this.#plan.shards);
      this.#reach(shard, () => {
        const call = this.#world.order(shard, 1);
        this.#askedAtMs.set(call, { atMs, shard });
      });
      this.#comeAt(atMs + this.#gapMs());
    });
  }

  /** The object has it after a hop, and does it when it has done what came before. */
  #reach(object: number, job: Job): void {
    this.#events.at(this.#events.nowMs + this.#plan.hopMs, () => {
      this.#queues[object]?.push(job);
      if (this.#isBusy[object] === false) this.#work(object);
    });
  }

  #work(object: number): void {
    const job = this.#queues[object]?.shift();
    this.#isBusy[object] = job !== undefined;
    if (job === undefined) return;
    const before = this.#stateOf(object);
    job();
    const wrote = this.#stateOf(object) !== before;
    const costMs = 1_000 / (wrote ? this.#plan.writesPerSecond : this.#plan.readsPerSecond);
    if (object === 0) this.#rootBusyMs[this.#events.nowMs < this.#nearlyOutMs ? 0 : 1] += costMs;
    const [sent, ended] = [this.#sent, this.#ended];
    [this.#sent, this.#ended] = [[], []];
    // What a request has found out or written leaves the object when it is done.
    this.#events.at(this.#events.nowMs + costMs, () => {
      this.#doneMs = this.#events.nowMs;
      for (const message of sent) this.#deliver(message);
      for (const call of ended) this.#answer(call);
      this.#work(object);
    });
  }

  /** Another object when it has written. */
  #stateOf(object: number): object | undefined {
    return object === 0 ? this.#world.bank : this.#world.shards[object - 1]?.ledger;
  }

  #deliver(message: Message): void {
    const toRoot = message.kind === "borrow" || message.kind === "collected";
    if (message.kind === "borrow" || message.kind === "collect") this.#counts[message.kind] += 1;
    this.#reach(toRoot ? 0 : message.shard, () => this.#world.deliver(message));
  }

  #answer(call: Call): void {
    const { atMs, shard } = this.#askedAtMs.get(call) ?? { atMs: 0, shard: 0 };
    this.#askedAtMs.delete(call);
    const answeredMs = this.#events.nowMs + this.#plan.hopMs;
    if (call.outcome === "refused") this.#refusedMs.push(answeredMs - atMs);
    if (call.outcome !== "held") return;
    this.#heldMs.push(answeredMs - atMs);
    if (this.#nearlyOutMs === Infinity && this.#heldMs.length >= 0.9 * this.#plan.units) this.#nearlyOutMs = answeredMs;
    const kind = this.#random.next() * 100 < this.#plan.declinedPercent ? "release" : "commit";
    this.#events.at(answeredMs + this.#plan.paymentMs, () => this.#reach(shard, () => this.#world.move(shard, kind, call.quantity)));
  }
}
