/**
 * How runtimes know that each can call the others. miniflare tells a running one about the others' Workers some time after all are
 * ready, and until then drops what is sent to a queue that another consumes. So each has a Worker that asks those of the others.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Miniflare, V4WorkerOptions } from "miniflare";

const deadlineMs = 15_000;
const pollMs = 10;

const script = `export default {
  fetch: (request, env) => {
    const other = env[new URL(request.url).pathname.slice(1)];
    return other === undefined ? new Response("met") : other.fetch("http://other/");
  },
};`;

/** The Worker of the process `name`. A process's Workers are told of at one time, so one that is reached speaks for all. */
export function meetingPoint(name: string, { others }: { readonly others: readonly string[] }): V4WorkerOptions {
  return {
    name: workerName(name),
    modules: true,
    script,
    compatibilityDate: "2026-08-01",
    serviceBindings: Object.fromEntries(others.map((other) => [other, workerName(other)])),
    // miniflare's own way to a Worker takes 0.3 s to set up.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

/** @param runtimes By the names of their meeting points. @throws Error when one has not reached another in 15 s. */
export async function untilTheyMeet(runtimes: ReadonlyMap<string, Miniflare>): Promise<void> {
  const giveUpAt = Date.now() + deadlineMs;
  const pairs = [...runtimes].flatMap(([name, runtime]) =>
    [...runtimes.keys()].filter((other) => other !== name).map((other) => ({ name, runtime, other })),
  );
  await Promise.all(pairs.map((pair) => untilItReaches(pair, giveUpAt)));
}

interface Pair {
  readonly name: string;
  readonly runtime: Miniflare;
  readonly other: string;
}

async function untilItReaches({ name, runtime, other }: Pair, giveUpAt: number): Promise<void> {
  const url = new URL(`/${other}`, await runtime.unsafeGetDirectURL(workerName(name)));
  for (;;) {
    const said = await fetch(url).then((response) => response.text(), String);
    if (said === "met") return;
    if (Date.now() > giveUpAt) throw new Error(`The ${name} process cannot reach the ${other} process after ${deadlineMs} ms: ${said}`);
    await sleep(pollMs);
  }
}

const workerName = (process: string): string => `fleet-${process}-process`;
