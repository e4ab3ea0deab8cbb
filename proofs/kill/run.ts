/** One run: opens a shop, keeps it under load while it is killed again and again, then lets it settle and checks everything. */
import { setTimeout as sleep } from "node:timers/promises";
import { readCapturesOf } from "../../local/stripe/captures.ts";
import { seededRandom, type Random } from "../shared/random.ts";
import { ask, putProduct, type ShopLink } from "./ask.ts";
import { compareAudit } from "./audit.ts";
import { Books, isFinal } from "./books.ts";
import { bookComparison, checkReplays, checkSample } from "./checks.ts";
import { Client } from "./client.ts";
import { compareMoney } from "./compare-money.ts";
import { compareRecords } from "./compare-records.ts";
import { startLoad } from "./load.ts";
import type { Machine } from "./machine.ts";
import type { Options } from "./options.ts";
import { planKill, targets, type Target } from "./plan-kills.ts";
import { planShop, type PlannedSku } from "./plan-load.ts";
import { readForward, type Checked } from "./read-forward.ts";
import { finishRequests, untilAgreed, type Settling } from "./settle.ts";
import { median, sumOf, type Totals } from "./totals.ts";
import { Verdict } from "./verdict.ts";

/** Requests that are replayed, and orders that are read, after each restart. */
const sampleSize = 12;
/** Of the final answers, how many are asked for again at the end. */
const finalReplays = 3_000;
/** Between two lines of progress, ms. */
const progressEveryMs = 60_000;
/** One restart in so many is followed by the sweep of overdue orders. */
const cronEvery = 20;

export class Run {
  readonly verdict: Verdict;
  readonly #options: Options;
  readonly #machine: Machine;
  readonly #say: (line: string) => void;
  readonly #random: Random;
  readonly #checked: Checked;
  readonly #skus: readonly PlannedSku[];
  readonly #kills: Record<Target, number> = { workerd: 0, cloud: 0, postgres: 0, redis: 0 };
  readonly #startedAtMs = Date.now();
  #settledAfterMs = 0;
  #audited: unknown = null;

  constructor(options: Options, { machine, say }: { machine: Machine; say: (line: string) => void }) {
    this.#options = options;
    this.#machine = machine;
    this.#say = say;
    this.#random = seededRandom(options.seed);
    this.#skus = planShop(String(options.seed));
    this.verdict = new Verdict({ keepGoing: options["keep-going"], say });
    const link: ShopLink = { address: () => machine.address, signal: this.verdict.signal, traffic: { requests: 0, broken: 0 } };
    this.#checked = { link, books: new Books(), verdict: this.verdict, counts: { replays: 0, orders: 0 } };
  }

  /** @throws What ended it, when the verdict did not let it go on. */
  async everything(): Promise<void> {
    await this.#openShop();
    const clients = Array.from({ length: this.#options.clients }, (_, index) => this.#client(`c${index + 1}`));
    const load = startLoad(clients, (error) => this.failed("client", error));
    try {
      await this.#killAgainAndAgain();
    } finally {
      await load.stop();
    }
    await this.#settle();
  }

  totals(): Omit<Totals, "evidence"> {
    const { link, books, counts } = this.#checked;
    const { restartsMs, stores, lostRuntimes } = this.#machine;
    return {
      seed: this.#options.seed,
      kills: this.#kills,
      kills_asked_for: this.#options.kills,
      stores,
      payment: this.#options.payment,
      placement: this.#options.placement,
      ...link.traffic,
      orders_acknowledged: books.orders.size,
      orders_confirmed: [...books.orders.values()].filter(({ place }) => place.final?.status === 201).length,
      answers_kept: books.finals.length,
      replays_checked: counts.replays,
      orders_read: counts.orders,
      restarts: restartsMs.length,
      restart_ms_median: median(restartsMs),
      restart_ms_longest: Math.round(Math.max(0, ...restartsMs)),
      runtimes_lost: lostRuntimes,
      settled_after_seconds: Math.round(this.#settledAfterMs / 1_000),
      audited: this.#audited,
      minutes: (Date.now() - this.#startedAtMs) / 60_000,
      violations: this.verdict.violations,
    };
  }

  /** The verdict's own end of the run is not another finding. */
  failed(kind: string, error: unknown): void {
    if (this.verdict.signal.aborted) return;
    this.verdict.fail(kind, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  #client(name: string): Client {
    const { seed } = this.#options;
    return new Client({ name: `kill-${seed}-${name}`, random: this.#random.fork(name), skus: this.#skus, checked: this.#checked });
  }

  async #openShop(): Promise<void> {
    const { link, books } = this.#checked;
    for (const { sku, priceMinor, stock } of this.#skus) {
      await putProduct(link, sku, { name: `Product ${sku}`, price_minor: priceMinor, currency: "EUR" });
      const body = { quantity: stock };
      const entry = books.open({ kind: "receive", as: "operator", path: `/v1/inventory/${sku}/receive`, key: `first-${sku}`, body });
      books.answered(entry, await ask(link, entry.operation, (answer) => isFinal(entry.operation, answer)), { known: false, atMs: 0 });
    }
  }

  async #killAgainAndAgain(): Promise<void> {
    const { kills, target, "max-minutes": maxMinutes } = this.#options;
    const random = this.#random.fork("kills");
    const among = target === "all" ? targets : [target];
    const stopAtMs = this.#startedAtMs + maxMinutes * 60_000;
    let saidAtMs = Date.now();
    for (let count = 0; count < kills && Date.now() < stopAtMs; count += 1) {
      const kill = planKill(random, { among, stores: this.#machine.stores });
      await sleep(kill.afterMs, undefined, { signal: this.verdict.signal });
      await this.#machine.kill(kill, random);
      this.#kills[kill.target] += 1;
      await this.#checkRestart(random, count);
      if (Date.now() - saidAtMs < progressEveryMs) continue;
      saidAtMs = Date.now();
      this.#say(this.#progress());
    }
  }

  async #checkRestart(random: Random, count: number): Promise<void> {
    await checkSample(this.#checked, { random, size: sampleSize });
    for (const pid of await this.#machine.orphans()) this.verdict.fail("orphan", `workerd ${pid} runs on without its parent`);
    if (count % cronEvery === cronEvery - 1) await this.#machine.fireCron();
    this.verdict.signal.throwIfAborted();
  }

  #progress(): string {
    const { books, link } = this.#checked;
    const minutes = ((Date.now() - this.#startedAtMs) / 60_000).toFixed(1);
    const restart = `restart ${median(this.#machine.restartsMs)} ms`;
    return `${minutes} min: ${sumOf(this.#kills)} of ${this.#options.kills} kills, ${link.traffic.requests} requests, ${books.orders.size} orders, ${restart}`;
  }

  async #settle(): Promise<void> {
    const beganAtMs = Date.now();
    const { link, books } = this.#checked;
    this.#say(`${this.#progress()}; settling`);
    const settling: Settling = {
      checked: this.#checked,
      giveUpAtMs: beganAtMs + this.#options["settle-seconds"] * 1_000,
      fireCron: () => this.#machine.fireCron(),
      say: this.#say,
    };
    await finishRequests(settling, this.#client("settle"));
    if (books.unfinished().length > 0) return;
    await untilAgreed(settling, { kind: "books", compare: bookComparison(this.#checked, this.#skus) });
    const refresh = (book: Parameters<typeof readForward>[1]) => readForward(this.#checked, book);
    await untilAgreed(settling, { kind: "records", compare: () => compareRecords(link.address(), { books, refresh }) });
    if (this.#options.payment === "stripe")
      await untilAgreed(settling, { kind: "money", compare: async () => compareMoney(readCapturesOf(this.#machine.ledgerPath), books) });
    const heard = (checked: unknown): void => void (this.#audited = checked);
    await untilAgreed(settling, { kind: "audit", compare: () => compareAudit(link.address(), { orders: books.orders.size, heard }) });
    this.#settledAfterMs = Date.now() - beganAtMs;
    const random = this.#random.fork("final replays");
    const sample =
      books.finals.length <= finalReplays ? books.finals : Array.from({ length: finalReplays }, () => random.pick(books.finals));
    await checkReplays(this.#checked, sample);
  }
}
