/** Gremlins between the Postgres client and its HTTP endpoint. */
import type { Chaos } from "./chaos.ts";

/** The member of a client's fetch options that brings its chaos along: the client spreads them into every fetch. */
export const chaosOption: unique symbol = Symbol("chaos");

type Init = RequestInit & { readonly [chaosOption]?: Chaos };

/** A fetch for all clients of the isolate; only those whose options bring a chaos are disturbed. Ends when their signal says so. */
export const chaoticFetch =
  (fetch: (url: string, init: RequestInit) => Promise<Response>) =>
  (url: string, init: Init): Promise<Response> => {
    const chaos = init[chaosOption];
    if (chaos === undefined) return fetch(url, init);
    return untilAborted(
      chaos.run({ service: "database", operation: "query" }, () => fetch(url, init)),
      init.signal ?? undefined,
    );
  };

/** The promise, or a rejection with the signal's reason: a gremlin may keep the promise for ever. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([promise, aborted]);
}
