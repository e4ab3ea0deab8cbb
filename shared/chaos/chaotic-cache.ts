import { withDeadline } from "../platform/deadline.ts";
import type { Chaos } from "./chaos.ts";
import { chaoticApi } from "./chaotic-api.ts";

/**
 * Commands of Redis, met by gremlins. The commands bound themselves, but not what is around them, so each has its time here.
 *
 * @param timeoutMs How long one command may take, gremlins included.
 */
export function chaoticCache<Commands extends object>(
  commands: Commands,
  { chaos, timeoutMs }: { readonly chaos: Chaos; readonly timeoutMs: number },
): Commands {
  const bounded: Chaos = { run: (call, work, dropped) => withDeadline(chaos.run(call, work, dropped), timeoutMs, "the cache") };
  return chaoticApi(commands, { chaos: bounded, service: "cache", operations });
}

const operations = { hget: "read", get: "read", set: "write", eval: "write", ping: "ping" };
