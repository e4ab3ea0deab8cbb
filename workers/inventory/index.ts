/** The inventory Worker hosts the stock actors. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { HealthApi } from "../../shared/contracts/rpc.ts";

export { StockActor } from "../../durable-objects/stock/actor.ts";

export class InventoryService extends WorkerEntrypoint implements HealthApi {
  async health(): Promise<{ status: "up"; dependencies: Record<string, never> }> {
    return { status: "up", dependencies: {} };
  }
}

/** No route leads here; Workers call the actors and the entrypoint above. */
export default { fetch: () => new Response(null, { status: 404 }) };
