/** After the last kill: waits until everything has come to rest, and says what has not. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { Entry } from "./books.ts";
import { describe } from "./books.ts";
import { inParallel } from "./in-parallel.ts";
import type { Checked } from "./read-forward.ts";

const concurrency = 8;
const roundMs = 1_000;
/** The sweep of overdue orders: every minute in life. */
const cronEveryMs = 10_000;
/** Between two lines on what is still waited for, ms. */
const sayEveryMs = 60_000;

export interface Settling {
  readonly checked: Checked;
  readonly giveUpAtMs: number;
  readonly fireCron: () => Promise<void>;
  readonly say: (line: string) => void;
}

/** Every request gets its final answer: what was only accepted is asked for again. */
export async function finishRequests({ checked, giveUpAtMs, fireCron, say }: Settling, client: Client): Promise<void> {
  const sweep = every(cronEveryMs, fireCron);
  const tell = every(sayEveryMs, async () => say(`settling: ${checked.books.unfinished().length} requests have no final answer`));
  for (let left = checked.books.unfinished(); left.length > 0; left = checked.books.unfinished()) {
    await inParallel(left, concurrency, (entry) => client.finish(entry));
    if (Date.now() > giveUpAtMs) break;
    await sweep();
    await tell();
    if (checked.books.unfinished().length > 0) await sleep(roundMs, undefined, { signal: checked.link.signal });
  }
  failAll(checked, checked.books.unfinished());
}

/** Compares again and again until nothing disagrees; what still does at the end is the verdict's. */
export async function untilAgreed(
  { checked, giveUpAtMs, fireCron, say }: Settling,
  { kind, compare }: { kind: string; compare: () => Promise<readonly string[]> },
): Promise<void> {
  const sweep = every(cronEveryMs, fireCron);
  let found: readonly string[] = [];
  const tell = every(sayEveryMs, async () => say(`settling: ${kind}, ${found.length} differences, such as: ${found[0] ?? "none"}`));
  for (;;) {
    found = await compare().catch((error: unknown) => [`could not be compared: ${String(error)}`]);
    checked.link.signal.throwIfAborted();
    if (found.length === 0) return;
    if (Date.now() > giveUpAtMs) {
      for (const difference of found.slice(0, 20)) checked.verdict.fail(kind, difference);
      return;
    }
    await sweep();
    await tell();
    await sleep(roundMs, undefined, { signal: checked.link.signal });
  }
}

function failAll({ verdict }: Checked, entries: readonly Entry[]): void {
  for (const { operation } of entries.slice(0, 20)) verdict.fail("unsettled", `${describe(operation)} has no final answer`);
}

function every(intervalMs: number, run: () => Promise<void>): () => Promise<void> {
  let last = Date.now();
  return async () => {
    if (Date.now() - last < intervalMs) return;
    last = Date.now();
    await run();
  };
}
