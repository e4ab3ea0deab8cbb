/**
 * How two runtimes know that each can call the other. miniflare tells a running one about the other's Workers some time after both
 * are ready, and until then drops what is sent to a queue that the other consumes. So each has a Worker that asks the other's.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Miniflare, V4WorkerOptions } from "miniflare";

const deadlineMs = 15_000;
const pollMs = 10;

const script = `export default {
  fetch: (request, env) => (new URL(request.url).pathname === "/other" ? env.OTHER.fetch("http://other/") : new Response("met")),
};`;

/** The Worker of the process `name`. A process's Workers are told of at one time, so one that is reached speaks for all. */
export function meetingPoint(name: string, { other }: { readonly other: string }): V4WorkerOptions {
  return {
    name: workerName(name),
    modules: true,
    script,
    compatibilityDate: "2026-08-01",
    serviceBindings: { OTHER: workerName(other) },
    // miniflare's own way to a Worker takes 0.3 s to set up.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

/** @param runtimes By the names of their meeting points. @throws Error when one has not reached the other in 15 s. */
export async function untilTheyMeet(runtimes: Readonly<Record<string, Miniflare>>): Promise<void> {
  await Promise.all(Object.entries(runtimes).map(([name, runtime]) => untilItMeetsTheOther(runtime, name)));
}

async function untilItMeetsTheOther(runtime: Miniflare, name: string): Promise<void> {
  const url = new URL("/other", await runtime.unsafeGetDirectURL(workerName(name)));
  const giveUpAt = Date.now() + deadlineMs;
  for (;;) {
    const said = await fetch(url).then((response) => response.text(), String);
    if (said === "met") return;
    if (Date.now() > giveUpAt) throw new Error(`The ${name} Workers cannot reach the others after ${deadlineMs} ms: ${said}`);
    await sleep(pollMs);
  }
}

const workerName = (process: string): string => `fleet-${process}-process`;
