/**
 * Clients use a few SKUs, everything is killed in the middle of it, started again, and so on. Each SKU lives through two
 * kills; then what became of its lost calls is asked, it is read once more, and its history is handed over.
 */
import type { Random } from "../shared/random.ts";
import { Recorder, type Call } from "./history.ts";
import type { LedgerInput, LedgerOutput } from "./ledger-model.ts";
import { StockClient, type RecordedSku } from "./stock-client.ts";
import type { StockTarget } from "./stock-target.ts";

export interface StockHistory {
  readonly sku: string;
  readonly calls: readonly Call<LedgerInput, LedgerOutput>[];
}

export interface RecordOptions {
  readonly target: StockTarget;
  readonly random: Random;
  /** Before every start but the first: whether to kill and go on. False ends the recording in order. */
  readonly goOn: (kills: number) => boolean;
  /** Part of the SKUs' names, so that another recording on the same state uses others. */
  readonly run: string;
  readonly size: LifeSize;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** How much happens between two kills. */
export interface LifeSize {
  /** Calls of all clients before the next kill is due. */
  readonly calls: Range;
  /** Clients that begin; they stay for two lives. */
  readonly clients: Range;
  /** SKUs that begin, which those clients share. */
  readonly skus: Range;
}

/** For tests. */
export const shortLives: LifeSize = { calls: { min: 60, max: 300 }, clients: { min: 3, max: 7 }, skus: { min: 1, max: 3 } };
/** For the proof: a restart takes seconds, so what is in between should be worth it. */
export const longLives: LifeSize = { calls: { min: 100, max: 1_500 }, clients: { min: 4, max: 16 }, skus: { min: 2, max: 6 } };

/** How often a client asks what became of the last lost calls, before that is left unknown. */
const lastTries = 3;

/** @returns The histories, each as soon as it is complete, and with it how many kills there have been. */
export async function* recordHistories(options: RecordOptions): AsyncGenerator<{ readonly history: StockHistory; readonly kills: number }> {
  const { target, random, goOn, run, size } = options;
  let moments = 0;
  let retired: Life | undefined;
  let previous: Life | undefined;
  for (let kills = 0; ; kills += 1) {
    await target.start();
    if (retired !== undefined) yield* finish(retired, { target, kills });
    const life = await open({ target, random, size, name: `${run}-${kills}`, now: () => ++moments });
    const killsAgain = goOn(kills);
    await live([life, ...(previous === undefined ? [] : [previous])], { target, random, calls: size.calls, killsAgain });
    if (!killsAgain) {
      for (const last of [previous, life]) if (last !== undefined) yield* finish(last, { target, kills });
      return;
    }
    [retired, previous] = [previous, life];
  }
}

/** What begins together and ends together: some SKUs, and the clients that use them. */
interface Life {
  readonly skus: readonly RecordedSku[];
  readonly clients: readonly StockClient[];
}

interface OpenOptions {
  readonly target: StockTarget;
  readonly random: Random;
  readonly size: LifeSize;
  readonly name: string;
  readonly now: () => number;
}

async function open({ target, random, size, name, now }: OpenOptions): Promise<Life> {
  const skus = Array.from({ length: random.between(size.skus.min, size.skus.max) }, (_, index) => `LIN-${name}-${index}`);
  await Promise.all(skus.map((sku) => target.openSku(sku)));
  const clients = Array.from({ length: random.between(size.clients.min, size.clients.max) }, (_, index) => `${name}-c${index}`);
  return {
    skus: skus.map((sku) => ({ sku, recorder: new Recorder<LedgerInput, LedgerOutput>(now), known: [] })),
    clients: clients.map((client) => new StockClient({ name: client, random: random.fork(client), target })),
  };
}

interface LiveOptions {
  readonly target: StockTarget;
  readonly random: Random;
  readonly calls: Range;
  readonly killsAgain: boolean;
}

/** The clients of both lives at once, until so many calls have been begun; then the kill, in the middle of them. */
async function live(lives: readonly Life[], { target, random, calls, killsAgain }: LiveOptions): Promise<void> {
  let left = random.between(calls.min, calls.max);
  const enough = Promise.withResolvers<undefined>();
  const goOn = (): boolean => {
    left -= 1;
    if (left <= 0) enough.resolve(undefined);
    return left > 0 || (killsAgain && left > -calls.max);
  };
  const running = Promise.all(lives.flatMap(({ skus, clients }) => clients.map((client) => client.run(skus, goOn))));
  await Promise.race([enough.promise, running]);
  if (killsAgain) await target.kill();
  await running;
  if (killsAgain) for (const { recorder } of lives.flatMap(({ skus }) => skus)) recorder.closeLost();
}

async function* finish({ skus, clients }: Life, { target, kills }: { target: StockTarget; kills: number }) {
  for (let tries = 0; tries < lastTries; tries += 1) await Promise.all(clients.map((client) => client.retryLost()));
  for (const { sku, recorder } of skus) {
    const last = recorder.invoke({ kind: "read" });
    const answer = await target.perform({ sku, key: `${sku}-last`, input: { kind: "read" } });
    if (answer.kind === "answered") last.answer(answer.output);
    yield { history: { sku, calls: recorder.history() }, kills };
  }
}
