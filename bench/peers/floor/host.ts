/**
 * The floor in a process of its own: `node host.ts STATE_DIR PORT VARS`, the vars as JSON. miniflare as `npm start` uses it: production
 * bundles, state on disk, a socket that leads straight to the gateway.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { V4WorkerOptions } from "miniflare";
import { bundleWorker } from "../../../local/workers/bundle.ts";
import { startQuietMiniflare } from "../../../local/workers/quiet-miniflare.ts";
import type { FloorShape } from "./shapes.ts";

const [stateDir, port, varsJson = "{}"] = process.argv.slice(2);
if (stateDir === undefined || port === undefined) throw new Error("usage: host.ts STATE_DIR PORT VARS");
const vars = JSON.parse(varsJson) as FloorShape["vars"];

const compatibilityDate = "2026-08-01";
const buildDir = join(stateDir, "build");
const orders = { className: "OrderHost", scriptName: "floor-orders", useSQLite: true };
const stock = { className: "StockHost", scriptName: "floor-stock", useSQLite: true };

const miniflare = startQuietMiniflare({
  workers: [
    await worker("gateway", {
      durableObjects: { ORDERS: orders, STOCK: stock },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }],
    }),
    await worker("orders", {
      durableObjects: { ORDERS: { className: "OrderHost", useSQLite: true }, STOCK: stock },
      serviceBindings: { PAYMENT: { name: "floor-payment", entrypoint: "PaymentService" } },
    }),
    await worker("stock", { durableObjects: { STOCK: { className: "StockHost", useSQLite: true } } }),
    await worker("payment", {}),
  ],
  host: "127.0.0.1",
  port: 0,
  resourcePersistencePath: join(stateDir, "state"),
});
await miniflare.ready;

async function worker(name: string, options: Partial<V4WorkerOptions>): Promise<V4WorkerOptions> {
  const main = fileURLToPath(new URL(`worker/${name}.ts`, import.meta.url));
  const path = await bundleWorker(main, { outDir: buildDir, name, keepNames: false });
  const contents = await readFile(path, "utf8");
  return {
    ...options,
    name: `floor-${name}`,
    compatibilityDate,
    modules: [{ type: "ESModule", path, contents }],
    modulesRoot: buildDir,
    bindings: { ...vars },
  };
}
