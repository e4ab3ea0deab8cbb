/**
 * The floor in a process of its own: `node host.ts STATE_DIR PORT PLACEMENT [DATABASE_URL]`. workerd as `npm start` runs it: production
 * bundles, state on disk, a socket that leads straight to the gateway; and the durable records, where a shape has them, behind the same
 * HTTP endpoint.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { V4WorkerOptions } from "miniflare";
import { openNeonEndpoint } from "../../../local/postgres/neon-endpoint.ts";
import { connectServer } from "../../../local/postgres/server-backend.ts";
import { bundleWorker } from "../../../local/workers/bundle.ts";
import { startRuntimes } from "../../../local/workers/runtimes.ts";
import { splitFleet } from "../../../local/workers/split-fleet.ts";
import { floorShapes } from "./shapes.ts";

const [stateDir, port, placement, databaseUrl] = process.argv.slice(2);
const shape = floorShapes.find((each) => each.placement === placement);
if (stateDir === undefined || port === undefined || shape === undefined)
  throw new Error("usage: host.ts STATE_DIR PORT PLACEMENT [DATABASE_URL]");

const keepsRecords = shape.vars.RECORDS === "yes";
const buildDir = join(stateDir, "build");
const bindings = { ...shape.vars, ...(databaseUrl === undefined ? {} : await openDatabase(databaseUrl)) };
const queues = { ORDER_EVENTS: { queueName: "floor-order-events" }, NOTIFICATIONS: { queueName: "floor-notifications" } };
/** As Holdfast's consumers have theirs. */
const consumption = { maxBatchSize: 100, maxBatchTimeout: 1 };
const orders = { className: "OrderHost", scriptName: "floor-orders", useSQLite: true };
const stock = { className: "StockHost", scriptName: "floor-stock", useSQLite: true };

const workers = await Promise.all([
  worker("gateway", {
    durableObjects: { ORDERS: orders, STOCK: stock },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }],
  }),
  worker("orders", {
    durableObjects: { ORDERS: { className: "OrderHost", useSQLite: true }, STOCK: stock },
    serviceBindings: { PAYMENT: { name: "floor-payment", entrypoint: "PaymentService" } },
    ...(keepsRecords && { queueProducers: queues }),
  }),
  worker("stock", { durableObjects: { STOCK: { className: "StockHost", useSQLite: true } } }),
  worker("payment", {}),
  ...(keepsRecords ? [consumer("projector", "floor-order-events"), consumer("notifier", "floor-notifications")] : []),
]);
await startRuntimes(splitFleet(workers, shape.arrangement), { stateDir, onLog: () => undefined });

function consumer(name: string, queue: string): Promise<V4WorkerOptions> {
  return worker(name, { durableObjects: { ORDERS: orders }, queueConsumers: { [queue]: consumption } });
}

async function worker(name: string, options: Partial<V4WorkerOptions>): Promise<V4WorkerOptions> {
  const main = fileURLToPath(new URL(`worker/${name}.ts`, import.meta.url));
  const path = await bundleWorker(main, { outDir: buildDir, name, keepNames: false });
  const contents = await readFile(path, "utf8");
  return {
    ...options,
    name: `floor-${name}`,
    compatibilityDate: "2026-08-01",
    modules: [{ type: "ESModule", path, contents }],
    modulesRoot: buildDir,
    bindings,
  };
}

async function openDatabase(url: string) {
  const endpoint = await openNeonEndpoint(await connectServer(url), { port: 0, connectionString: url });
  return { DATABASE_URL: url, DATABASE_ENDPOINT: `${endpoint.url}/sql` };
}
