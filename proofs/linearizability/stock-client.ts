/** One of several clients that use a few SKUs at once, and write down what they ask and what they are told. */
import type { Random } from "../shared/random.ts";
import type { OpenCall, Recorder } from "./history.ts";
import type { LedgerInput, LedgerOutput } from "./ledger-model.ts";
import type { StockAnswer, StockCall, StockTarget } from "./stock-target.ts";

/** A SKU and its history. */
export interface RecordedSku {
  readonly sku: string;
  readonly recorder: Recorder<LedgerInput, LedgerOutput>;
  /** Holds that somebody has asked for, to be asked for again or given back. */
  readonly known: { readonly id: string; readonly quantity: number }[];
}

/** A request whose answer did not come. */
interface LostRequest {
  readonly target: RecordedSku;
  readonly call: StockCall;
  /** Each time that it was sent, as a call of its own. */
  readonly tries: readonly OpenCall<LedgerOutput>[];
  /** Of an order: the sale that follows it. */
  readonly sale: OpenCall<LedgerOutput> | undefined;
}

interface ClientOptions {
  readonly name: string;
  readonly random: Random;
  readonly target: StockTarget;
}

/** What clients do, by weight. */
const habits = { read: 4, receive: 2, reserve: 7, release: 4, order: 1 } as const;
/** How often a known hold is asked for again, and how often in another quantity. */
const repeatProbability = 0.15;
const mistakeProbability = 0.03;
/** How often nobody asks what became of a call that was lost. */
const forgetProbability = 0.1;
const maxQuantity = 4;

export class StockClient {
  readonly #options: ClientOptions;
  #requests = 0;
  #lost: LostRequest[] = [];
  /** How often there was no answer. */
  #cuts = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Asks what became of everything lost, then does one thing after the other until `goOn` says no or there is nobody to answer. */
  async run(skus: readonly RecordedSku[], goOn: () => boolean): Promise<void> {
    const cuts = this.#cuts;
    await this.retryLost();
    while (this.#cuts === cuts && goOn()) {
      const target = this.#options.random.pick(skus);
      const key = `${this.#options.name}-${++this.#requests}`;
      await this.#begin(target, { sku: target.sku, key, input: this.#choose(target, key) });
    }
  }

  /** Everything that was lost is asked for again under its key, most of the time; an order always, for it goes on by itself. */
  async retryLost(): Promise<void> {
    const lost = this.#lost;
    this.#lost = [];
    for (const request of lost) {
      const { input } = request.call;
      if (input.kind === "order") await this.#askAfterOrder(request);
      else if (input.kind !== "read" && !this.#options.random.chance(forgetProbability)) await this.#askAgain(request);
    }
  }

  async #begin(target: RecordedSku, call: StockCall): Promise<void> {
    const { recorder } = target;
    const isOrder = call.input.kind === "order";
    const open = recorder.invoke(call.input, { outlives: isOrder });
    const sale = call.input.kind === "order" ? recorder.invoke({ ...call.input, kind: "sell" }, { outlives: true }) : undefined;
    sale?.lose();
    const answer = await this.#perform(call);
    if (answer?.kind === "answered") this.#settle(answer.output, open, sale);
    else if (answer?.kind === "turned_away") open.withdraw();
    else this.#lose({ target, call, tries: [open], sale });
  }

  /** The same request again is a call of its own, for it may be done now and tell the levels of now. */
  async #askAgain({ target, call, tries, sale }: LostRequest): Promise<void> {
    const open = target.recorder.invoke(call.input);
    const answer = await this.#perform(call);
    if (answer === undefined || answer.kind === "accepted") {
      this.#lose({ target, call, tries: [...tries, open], sale });
    } else if (answer.kind === "answered" && !answer.replayed) {
      open.answer(answer.output);
    } else {
      open.withdraw();
      // It was done by an earlier try, and this is what that one should have been told: if there was one alone, by that one.
      if (answer.kind === "answered" && tries.length === 1) tries[0]?.answer(answer.output);
    }
  }

  /** An order is one and the same however often it is asked for: its call goes on until it is told how it ended. */
  async #askAfterOrder(request: LostRequest): Promise<void> {
    const answer = await this.#perform(request.call);
    const [open] = request.tries;
    if (answer?.kind === "answered" && open !== undefined) this.#settle(answer.output, open, request.sale);
    else this.#lost.push(request);
  }

  #settle(output: LedgerOutput, open: OpenCall<LedgerOutput>, sale: OpenCall<LedgerOutput> | undefined): void {
    open.answer(output);
    if (output.kind !== "done") sale?.withdraw();
  }

  #lose(request: LostRequest): void {
    request.tries.at(-1)?.lose();
    this.#lost.push(request);
  }

  /** undefined: no answer came. */
  async #perform(call: StockCall): Promise<StockAnswer | undefined> {
    try {
      return await this.#options.target.perform(call);
    } catch {
      this.#cuts += 1;
      return undefined;
    }
  }

  #choose({ known }: RecordedSku, name: string): LedgerInput {
    const { random } = this.#options;
    const kind = random.weighted(habits);
    const quantity = random.between(1, maxQuantity);
    if (kind === "read") return { kind };
    if (kind === "receive" || kind === "order") return { kind, id: name, quantity };
    const repeats = known.length > 0 && random.chance(kind === "release" ? 1 - repeatProbability : repeatProbability);
    const hold = repeats ? random.pick(known) : { id: name, quantity };
    if (!repeats) known.push(hold);
    return { kind, id: hold.id, quantity: random.chance(mistakeProbability) ? hold.quantity + 1 : hold.quantity };
  }
}
