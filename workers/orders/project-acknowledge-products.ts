import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import type { ProductEvent } from "../../shared/events/catalogue.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { forEachBounded } from "../../shared/platform/for-each-bounded.ts";
import { createLogger } from "../../shared/platform/logger.ts";

const CONCURRENT_CALLS = 16;
const DEADLINE_MS = 2_000;

/** Tells each stock actor that its product's events are projected. Never throws: one that could not be told sends them again. */
export async function acknowledgeProductEvents(
  events: readonly ProductEvent[],
  stockActor: (sku: string) => Pick<StockActorApi, "acknowledgeEvents">,
): Promise<void> {
  const bySku = [...Map.groupBy(events, ({ data }) => data.product.sku)];
  const results = await forEachBounded(bySku, { concurrency: CONCURRENT_CALLS }, async ([sku, group]) => {
    const acknowledged = stockActor(sku).acknowledgeEvents({ eventIds: group.map(({ id }) => id) });
    await withDeadline(acknowledged, DEADLINE_MS, "The stock actor");
  });
  const failures = results.filter((result) => result.status === "rejected");
  if (failures[0] === undefined) return;
  createLogger("orders").warn("Stock actors could not be told that their events are done; they send them again", {
    actors: bySku.length,
    failed: failures.length,
    cause: describeError(failures[0].reason),
  });
}
