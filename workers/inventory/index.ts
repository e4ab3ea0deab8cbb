/** The inventory Worker hosts the stock actors. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { HealthApi } from "../../shared/contracts/rpc.ts";
import { chaosEnv, once } from "../../shared/platform/config.ts";

export { StockActor } from "../../durable-objects/stock/actor.ts";

const readConfig = once(chaosEnv);

export class InventoryService extends WorkerEntrypoint implements HealthApi {
  async health(): Promise<{ status: "up"; dependencies: Record<string, never> }> {
    readConfig(this.env);
    return { status: "up", dependencies: {} };
  }
}

/** No route leads here; Workers call the actors and the entrypoint above. */
export default { fetch: () => new Response(null, { status: 404 }) };
