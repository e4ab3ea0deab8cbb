/**
 * The Worker that `*.workerd.test.ts` run in: every actor in one isolate with the test, so that a test can evict an actor,
 * run its alarm and look into its storage. Queues deliver to `testQueues`.
 */
import { recordBatch } from "./test-queues.ts";

export { ChaosActor } from "../../durable-objects/chaos/actor.ts";
export { MetricsActor } from "../../durable-objects/metrics/actor.ts";
export { OrderActor } from "../../durable-objects/order/actor.ts";
export { StockActor } from "../../durable-objects/stock/actor.ts";
export { TestPayment } from "./test-payment.ts";

export default {
  queue: recordBatch,
} satisfies ExportedHandler;
