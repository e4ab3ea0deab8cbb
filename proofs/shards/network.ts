/** Messages between a root and its shards that may be delivered in any order, twice, or never. */
import type { Verdict } from "../../shared/domain/stock/shards/round.ts";
import type { ShardReading } from "../../shared/domain/stock/shards/decide-transfer.ts";

export type Message =
  /** A shard asks the root; `request` tells the answer to it from others. */
  | {
      readonly kind: "borrow";
      readonly request: number;
      readonly reading: ShardReading;
      readonly available: number;
      readonly quantities: readonly number[];
    }
  | { readonly kind: "answer"; readonly shard: number; readonly request: number; readonly lent: number; readonly verdict: Verdict | null }
  /** The root collects; `collect` tells the reply to it from others. */
  | { readonly kind: "collect"; readonly shard: number; readonly collect: number; readonly lent: number }
  | { readonly kind: "collected"; readonly collect: number; readonly reading: ShardReading };

export class Network {
  readonly #messages: Message[] = [];

  get size(): number {
    return this.#messages.length;
  }

  send(message: Message): void {
    this.#messages.push(message);
  }

  /** Takes one of them out. */
  take(choice: number): Message | undefined {
    return this.#messages.splice(choice % Math.max(1, this.#messages.length), 1)[0];
  }

  /** One of them will come again. */
  repeat(choice: number): void {
    const message = this.#messages[choice % Math.max(1, this.#messages.length)];
    if (message !== undefined) this.#messages.push(message);
  }
}
