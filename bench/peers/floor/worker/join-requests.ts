/**
 * Orders that requests place at the same moment, as one call to their object. The first of them makes it; the others wait for promises of
 * their own, which the runtime allows another request to resolve.
 */
import { orderHostOf, type FloorEnv } from "./env.ts";
import type { Status } from "./orders.ts";

interface WaitingRequest {
  readonly key: string;
  readonly sku: string;
  readonly resolve: (status: Status) => void;
  readonly reject: (cause: unknown) => void;
}

/** No order takes as long, ms. */
const giveUpMs = 10_000;

let waiting: WaitingRequest[] = [];

export function placeJoined(order: { readonly key: string; readonly sku: string }, env: FloorEnv, ctx: ExecutionContext): Promise<Status> {
  const { promise, resolve, reject } = Promise.withResolvers<Status>();
  waiting.push({ ...order, resolve, reject });
  // Though its client may hang up, the others' must be answered.
  if (waiting.length === 1) ctx.waitUntil(placeWaiting(env));
  // The runtime ends a request that waits for nothing of its own.
  const timer = setTimeout(() => reject(new Error("No answer")), giveUpMs);
  return promise.finally(() => clearTimeout(timer));
}

async function placeWaiting(env: FloorEnv): Promise<void> {
  await scheduler.wait(0);
  const hosts = Map.groupBy(waiting, ({ key }) => orderHostOf(env, key));
  waiting = [];
  await Promise.all([...hosts].map(([host, requests]) => placeAt(env.ORDERS.getByName(host), requests)));
}

async function placeAt(host: ReturnType<FloorEnv["ORDERS"]["getByName"]>, requests: readonly WaitingRequest[]): Promise<void> {
  try {
    const confirmed = await host.placeTogether(requests.map(({ key, sku }) => `${key} ${sku}`).join("\n"));
    for (const [index, { resolve }] of requests.entries()) resolve(confirmed[index] === "1" ? "confirmed" : "refused");
  } catch (cause) {
    for (const { reject } of requests) reject(cause);
  }
}
