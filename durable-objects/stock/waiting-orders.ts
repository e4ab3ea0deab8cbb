/**
 * Orders that wait at one object of a split SKU because too little is free there: the root's, or a shard's. All who wait at the
 * same moment are asked for together, one request at a time. In memory alone: an order whose object dies asks again.
 */
import type { Joined, ReserveReply, StockActorApi } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import type { Verdict } from "../../shared/domain/stock/shards/round.ts";
import { afterAnswer, askForAll, joinLine, type Line } from "../../shared/domain/stock/shards/waiting-line.ts";
import { OperatingError } from "../../shared/errors/operating-error.ts";

export type ReserveCommand = Parameters<StockActorApi["reserve"]>[0];

export interface WaitingOptions {
  /** What the object can do now, in one commit: an answer for each. */
  readonly reserve: (commands: readonly ReserveCommand[]) => readonly Joined<ReserveReply>[];
  /** Whether an answer says only that too little is free at this object. */
  readonly isDry: (reply: ReserveReply) => boolean;
  /** Over how many objects the SKU is spread. */
  readonly shards: () => number;
  /** Gets units for these quantities, or says why not. Throws when nothing can be said. */
  readonly ask: (quantities: readonly number[]) => Promise<Verdict | "unknown_sku" | null>;
}

interface Item {
  readonly command: ReserveCommand;
  readonly resolve: (reply: ReserveReply) => void;
  readonly reject: (error: unknown) => void;
}

export class WaitingOrders {
  readonly #options: WaitingOptions;
  #line: Line<Item> = [];
  #isAsking = false;

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** @throws OperatingError when it could not be found out whether there is enough. */
  wait(command: ReserveCommand): Promise<ReserveReply> {
    const reply = new Promise<ReserveReply>((resolve, reject) => {
      this.#line = joinLine(this.#line, { command, resolve, reject }, command.quantity);
    });
    if (!this.#isAsking) void this.#askWhileTheyWait();
    return reply;
  }

  /** Units have become free here: those who wait get them before anybody else. */
  serve(): void {
    if (this.#line.length === 0) return;
    const line = this.#line;
    const replies = this.#options.reserve(line.map(({ item }) => item.command));
    this.#line = line.filter((waiting, index) => {
      const joined = replies[index];
      assert(joined !== undefined, "a command without an answer");
      return !this.#isAnswered(waiting.item, joined);
    });
  }

  #isAnswered({ resolve, reject }: Item, joined: Joined<ReserveReply>): boolean {
    if (joined.ok && this.#options.isDry(joined.reply)) return false;
    if (joined.ok) resolve(joined.reply);
    else reject(new Error(joined.error));
    return true;
  }

  async #askWhileTheyWait(): Promise<void> {
    this.#isAsking = true;
    // Whoever came with the same call is asked for with it.
    await Promise.resolve();
    while (this.#line.length > 0) await this.#ask();
    this.#isAsking = false;
  }

  /** Never throws: whoever was asked for hears of it. */
  async #ask(): Promise<void> {
    const { line, quantities } = askForAll(this.#line);
    this.#line = line;
    try {
      const answer = await this.#options.ask(quantities);
      this.serve();
      if (answer === "unknown_sku") this.#refuseUnknown();
      else this.#tell(answer, new OperatingError("not every shard could be asked", { retryable: true }));
    } catch (error) {
      this.#tell({ kind: "unreachable" }, error);
    }
  }

  #tell(verdict: Verdict | null, error: unknown): void {
    const { line, refused, failed } = afterAnswer(this.#line, verdict);
    // Storage may fail: before anything is changed.
    const shards = refused.length === 0 ? 0 : this.#options.shards();
    this.#line = line;
    for (const { item, left } of refused) item.resolve({ ok: false, code: "out_of_stock", available: left, shards });
    for (const { reject } of failed) reject(error);
  }

  #refuseUnknown(): void {
    const asked = this.#line.filter((waiting) => waiting.asked > 0);
    this.#line = this.#line.filter((waiting) => waiting.asked === 0);
    for (const { item } of asked) item.resolve({ ok: false, code: "unknown_sku" });
  }
}
