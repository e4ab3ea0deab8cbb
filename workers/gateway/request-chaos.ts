/** Only with CHAOS=on: what the gateway's own calls meet, of Postgres and Redis. Orders meet their gremlins in their actors. */
import { createChaos, type Chaos, type DrawFaults } from "../../shared/chaos/chaos.ts";
import { mergeFaults, noFaults } from "../../shared/chaos/draw-faults.ts";
import { GremlinSet } from "../../shared/chaos/gremlin-set.ts";
import { parseGremlins } from "../../shared/chaos/parse-gremlins.ts";

/**
 * The deployment's gremlins, and those of one request.
 *
 * @param header The request's X-Gremlin. One that cannot be read brings none: the request will be refused for it.
 */
export function requestChaos(header: string, draw: DrawFaults): Chaos {
  const parsed = parseGremlins(header);
  const own = new GremlinSet(parsed.ok ? parsed.gremlins : []);
  return createChaos(async (call) => mergeFaults(own.draw(call) ?? noFaults, await draw(call)), { service: "gateway" });
}
