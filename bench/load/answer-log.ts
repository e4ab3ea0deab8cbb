/** The answers of a run, handed to the bench in batches: it alone can tell a confirmed order from another. */
import type { HttpAnswer } from "./http-answer.ts";
import type { AnswerBatch } from "./load-plan.ts";

/** Handed over during the load only when they take this much memory, in characters, for that costs the generator time. */
const batchCharacters = 8_000_000;

export interface LoggedOrder {
  readonly sku: number;
  readonly latencyMs: number;
  readonly counted: boolean;
}

export class AnswerLog {
  readonly #handOver: (batch: AnswerBatch) => void;
  #batch = emptyBatch();
  #characters = 0;

  constructor(handOver: (batch: AnswerBatch) => void) {
    this.#handOver = handOver;
  }

  add({ sku, latencyMs, counted }: LoggedOrder, { status, body }: HttpAnswer): void {
    this.#batch.skus.push(sku);
    this.#batch.statuses.push(status);
    this.#batch.bodies.push(body);
    this.#batch.latenciesMs.push(latencyMs);
    this.#batch.counted.push(counted);
    this.#characters += body.length;
    if (this.#characters > batchCharacters) this.flush();
  }

  flush(): void {
    if (this.#batch.skus.length === 0) return;
    this.#handOver(this.#batch);
    this.#batch = emptyBatch();
    this.#characters = 0;
  }
}

const emptyBatch = (): AnswerBatch => ({ skus: [], statuses: [], bodies: [], latenciesMs: [], counted: [] });
