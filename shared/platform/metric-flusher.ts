/**
 * Hands what a buffer holds to the metrics actor, outside of the request that counted it.
 *
 * Nothing is lost or doubled by a flush that fails or whose answer is lost: what was taken for a flush keeps its sequence
 * number and is sent again as it was until it is acknowledged, and the actor drops a number it has seen. What is lost is
 * what an isolate had not flushed when it ended.
 */
import type { MetricsFlush } from "../contracts/rpc.ts";
import { createLogger, type ServiceName } from "./logger.ts";
import type { MetricBuffer } from "./metric-buffer.ts";

/** Before the first try and between the next ones; with the sending below it ends within the 30 s that waitUntil gives. */
const FLUSH_DELAYS_MS = [1_000, 2_000, 4_000] as const;
/** A promise of another request may never settle (its request was cancelled), so claims end by the clock. */
const CLAIM_MS = 5_000;
/** Analytics Engine takes 250 points per invocation. https://developers.cloudflare.com/analytics/analytics-engine/limits/ */
const MAX_POINTS_PER_FLUSH = 250;

/** Of a request, a queue batch or an actor: its `ctx`. */
export interface FlushContext {
  waitUntil(promise: Promise<unknown>): void;
}

interface FlusherDependencies {
  readonly service: ServiceName;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly record: (flush: MetricsFlush) => Promise<void>;
}

interface Claim {
  readonly untilMs: number;
}

export class MetricFlusher {
  readonly #buffer: MetricBuffer;
  readonly #dependencies: FlusherDependencies;
  /** Taken from the buffer and not acknowledged; sent in this order, the same under the same number, until they are. */
  readonly #unacknowledged: MetricsFlush[] = [];
  #source: string | undefined;
  #lastSequence = 0;
  #scheduled: Claim | undefined;
  #sending: Claim | undefined;

  constructor(buffer: MetricBuffer, dependencies: FlusherDependencies) {
    this.#buffer = buffer;
    this.#dependencies = dependencies;
  }

  schedule(ctx: FlushContext): void {
    const nothingToSend = this.#buffer.isEmpty && this.#unacknowledged.length === 0;
    if (nothingToSend || this.#isHeld(this.#scheduled)) return;
    this.#scheduled = this.#claim(FLUSH_DELAYS_MS[0] + CLAIM_MS);
    ctx.waitUntil(this.#flushLater());
  }

  /** False when another request is sending. */
  async flush(): Promise<boolean> {
    if (this.#isHeld(this.#sending)) return false;
    const claim = (this.#sending = this.#claim(CLAIM_MS));
    try {
      await this.#sendAll(claim);
      this.#takeFromBuffer();
      await this.#sendAll(claim);
      return true;
    } finally {
      if (this.#sending === claim) this.#sending = undefined;
    }
  }

  async #flushLater(): Promise<void> {
    let cause: unknown = "another request is sending";
    for (const delayMs of FLUSH_DELAYS_MS) {
      await this.#dependencies.wait(delayMs);
      // What is counted from here on asks for a flush of its own.
      this.#scheduled = undefined;
      try {
        if (await this.flush()) return;
      } catch (error) {
        cause = error;
      }
      // A later request's flush takes along what this one could not send.
      if (this.#isHeld(this.#scheduled)) return;
      this.#scheduled = this.#claim(2 * delayMs + CLAIM_MS);
    }
    this.#scheduled = undefined;
    createLogger(this.#dependencies.service).warn("Metrics could not be flushed; the next request tries again.", { cause: String(cause) });
  }

  async #sendAll(claim: Claim): Promise<void> {
    for (let flush = this.#unacknowledged[0]; flush !== undefined; flush = this.#unacknowledged[0]) {
      await this.#dependencies.record(flush);
      if (this.#unacknowledged[0] === flush) this.#unacknowledged.shift();
      if (this.#sending !== claim) throw new Error("Another request took this flush over.");
    }
  }

  #takeFromBuffer(): void {
    // Not in the constructor: randomness is not to be had outside of a request.
    this.#source ??= crypto.randomUUID();
    const points = this.#buffer.take();
    for (let start = 0; start < points.length; start += MAX_POINTS_PER_FLUSH) {
      this.#lastSequence += 1;
      this.#unacknowledged.push({
        source: this.#source,
        service: this.#dependencies.service,
        sequence: this.#lastSequence,
        points: points.slice(start, start + MAX_POINTS_PER_FLUSH),
      });
    }
  }

  #claim(forMs: number): Claim {
    return { untilMs: this.#dependencies.now() + forMs };
  }

  #isHeld(claim: Claim | undefined): boolean {
    return claim !== undefined && this.#dependencies.now() < claim.untilMs;
  }
}
