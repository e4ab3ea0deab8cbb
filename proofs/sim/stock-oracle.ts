/**
 * Sees all objects of an SKU at once, as nobody in the shop can, and holds every refusal against it: whoever was told that there
 * is too little, was there an instant during the call at which there was? And every price against what had been promised.
 */
import type { Joined, ReserveReply } from "../../shared/contracts/rpc.ts";
import { isShardKey, parseShardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import type { Disk } from "./disk.ts";

export interface ReserveQuestion {
  /** Or the key of a shard. */
  readonly sku: string;
  readonly quantity: number;
  readonly reservationId: string;
}

interface Call {
  readonly sku: string;
  /** The fewest units that were left anywhere since it began. */
  least: number;
}

interface StoredLedger {
  readonly on_hand: number;
  readonly reserved: number;
  readonly received: number;
  readonly lent: number;
}

export class StockOracle {
  /** What should not have happened. */
  readonly violations: string[] = [];
  /** What has happened, with how often. */
  readonly met = new Map<string, number>();
  readonly #disks = new Map<string, Map<string, Disk>>();
  readonly #calls = new Set<Call>();
  /** Prices that a hold made now may have: the acknowledged one, and those under way. */
  readonly #prices = new Map<string, Set<number>>();
  /** By reservation: the prices that were possible when it was first asked for, or have become so since. */
  readonly #asked = new Map<string, Set<number>>();

  /** @param key Of the ledger that the disk has. */
  watch(key: string, disk: Disk): void {
    const { sku } = parseShardKey(key);
    const disks = this.#disks.get(sku) ?? new Map<string, Disk>();
    this.#disks.set(sku, disks.set(key, disk));
    disk.onCommit = () => this.#look(sku);
  }

  putBegins(sku: string, priceMinor: number): void {
    const prices = this.#prices.get(sku) ?? new Set();
    this.#prices.set(sku, prices.add(priceMinor));
    for (const [name, possible] of this.#asked) if (parseName(name) === sku) possible.add(priceMinor);
  }

  /** Acknowledged: nothing is sold at another price from here on. */
  putEnds(sku: string, priceMinor: number): void {
    this.#prices.set(sku, new Set([priceMinor]));
  }

  /** @param questions What each of the answers is to; null: not to a hold. */
  async asking<Reply extends readonly Joined<ReserveReply | "dry" | null>[]>(
    questions: readonly (ReserveQuestion | null)[],
    answer: () => Promise<Reply>,
  ): Promise<Reply> {
    const asked = questions.map((question) => question && { question, call: this.#begin(question) });
    try {
      const replies = await answer();
      asked.forEach((one, index) => one && this.#judge(one.question, { call: one.call, joined: replies[index] }));
      return replies;
    } finally {
      for (const one of asked) if (one !== null) this.#calls.delete(one.call);
    }
  }

  #begin({ sku: key, reservationId }: ReserveQuestion): Call {
    const { sku } = parseShardKey(key);
    const name = `${sku} ${reservationId}`;
    if (!this.#asked.has(name)) this.#asked.set(name, new Set(this.#prices.get(sku)));
    const call = { sku, least: this.#left(sku) };
    this.#calls.add(call);
    return call;
  }

  #judge(question: ReserveQuestion, { call, joined }: { call: Call; joined: Joined<ReserveReply | "dry" | null> | undefined }): void {
    // "dry" refuses nobody: the order asks again, and waits.
    if (joined?.ok !== true || joined.reply === "dry" || joined.reply === null) return;
    const { reply } = joined;
    const { sku: key, quantity, reservationId } = question;
    if (reply.ok) this.#judgePrice(`${call.sku} ${reservationId}`, reply.unitPriceMinor);
    if (isShardKey(key)) this.#note(reply.ok ? "split: held at a shard" : `split: ${reply.code} at a shard`);
    if (reply.ok || reply.code !== "out_of_stock" || call.least < quantity) return;
    this.violations.push(`${quantity} of ${key} were refused to ${reservationId}, and at least ${call.least} were left all the time`);
  }

  #judgePrice(name: string, priceMinor: number): void {
    const possible = this.#asked.get(name);
    if (possible?.has(priceMinor) === false) this.violations.push(`${name} was held at ${priceMinor}, not ${[...possible].join(" or ")}`);
  }

  #look(sku: string): void {
    if (![...this.#calls].some((call) => call.sku === sku)) return;
    const left = this.#left(sku);
    for (const call of this.#calls) if (call.sku === sku) call.least = Math.min(call.least, left);
  }

  /** Free at the root and at the shards, and on its way between them. */
  #left(sku: string): number {
    let left = 0;
    for (const [key, disk] of this.#disks.get(sku) ?? []) {
      if (!disk.hasTable("ledgers")) continue;
      const row = disk.read(`SELECT on_hand, reserved, received, lent FROM ledgers WHERE sku = '${key}'`)[0];
      if (row === undefined) continue;
      const { on_hand: onHand, reserved, received, lent } = row as unknown as StoredLedger;
      left += onHand - reserved + (isShardKey(key) ? -received : lent);
    }
    return left;
  }

  #note(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }
}

const parseName = (name: string): string => name.slice(0, name.indexOf(" "));
