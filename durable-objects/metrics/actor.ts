/**
 * One instance, named "metrics": the sums over all isolates of all Workers, for `/metrics` and Analytics Engine.
 *
 * Invariants: counters and histograms only grow; a flush is counted once however often it comes (its source's sequence
 * number is stored in the transaction that stores its sums). Tables: samples, sources. No alarms. Called by every Worker
 * (`record`, off the request's path) and by the gateway (`render`).
 *
 * Writes are joined: storage is written at once when the last write is a second old, else when it is, so a busy
 * deployment pays one commit a second. A crash loses at most that second; an eviction loses nothing, it waits for the write.
 */
import { DurableObject } from "cloudflare:workers";
import type { MetricsActorApi, MetricsFlush } from "../../shared/contracts/rpc.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { writeAnalytics } from "./analytics.ts";
import { type LedgerState, MetricLedger } from "./ledger.ts";
import { renderMetrics } from "./render.ts";
import { MetricsStore } from "./store.ts";

export interface MetricsActorEnv {
  readonly METRICS_DATASET: AnalyticsEngineDataset;
}

const STORE_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;

export class MetricsActor extends DurableObject<MetricsActorEnv> implements MetricsActorApi {
  readonly #store: MetricsStore;
  readonly #ledger: MetricLedger;
  #storedAtMs = 0;
  #prunedAtMs = 0;
  #storing = false;

  constructor(ctx: DurableObjectState, env: MetricsActorEnv) {
    super(ctx, env);
    // Synchronous, so no call can come before it is done and a throw fails the call that started the object.
    this.#store = new MetricsStore(ctx.storage);
    this.#ledger = new MetricLedger(this.#store.load());
  }

  record(flush: MetricsFlush): Promise<void> {
    if (this.#ledger.record(flush, Date.now())) {
      this.#writeAnalytics(flush);
      this.#storeSoon();
    }
    return Promise.resolve();
  }

  render(): Promise<string> {
    return Promise.resolve(renderMetrics(this.#ledger.points(Date.now())));
  }

  #storeSoon(): void {
    const dueInMs = this.#storedAtMs + STORE_EVERY_MS - Date.now();
    if (dueInMs <= 0) this.#storeChanges();
    else if (!this.#storing) {
      this.#storing = true;
      this.ctx.waitUntil(this.#storeAfter(dueInMs));
    }
  }

  async #storeAfter(delayMs: number): Promise<void> {
    await scheduler.wait(delayMs);
    this.#storing = false;
    if (!this.#ledger.hasChanges) return;
    this.#storeChanges();
    // An eviction waits for what waitUntil holds, and without this the commit would be no part of it (measured: it was lost).
    await this.ctx.storage.sync();
  }

  #storeChanges(): void {
    const forgotten = this.#prune();
    this.#store.save({ changed: this.#ledger.changes(), forgotten });
    this.#ledger.markStored();
    this.#storedAtMs = Date.now();
  }

  #prune(): LedgerState {
    const nowMs = Date.now();
    if (nowMs < this.#prunedAtMs + PRUNE_EVERY_MS) return { samples: [], sources: [] };
    this.#prunedAtMs = nowMs;
    return this.#ledger.prune(nowMs);
  }

  /** The other copy of the metrics must not cost us this one. */
  #writeAnalytics(flush: MetricsFlush): void {
    try {
      writeAnalytics(this.env.METRICS_DATASET, flush);
    } catch (error) {
      createLogger("ops").warn("Analytics Engine refused metrics.", { cause: String(error) });
    }
  }
}
