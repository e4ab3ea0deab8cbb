import { tiedWorkerdEnv } from "./lifeline.ts";

/**
 * The environment in which miniflare (ours, and the one in `wrangler dev`) starts workerd: on a lifeline, and with V8's
 * garbage collection on one thread. With fewer cores than it has jobs, workerd 1.20260815 was seen to stop for ever: its main
 * thread swept the heap again and again (`cppgc IncrementalSweepTask`), waiting for a helper thread that waited for a
 * collection by the main thread (`maglev ... AwaitCollectionBackground`). Throughput is the same either way.
 */
export function workerdEnv(): Record<string, string> {
  return { ...tiedWorkerdEnv(), MINIFLARE_WORKERD_V8_FLAGS: process.env["MINIFLARE_WORKERD_V8_FLAGS"] ?? "--single-threaded-gc" };
}
