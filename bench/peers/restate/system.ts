/** Restate: the server from npm, one node, its log and its state on disk, and a Node process with the handlers. */
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "../../../proofs/shared/free-port.ts";
import type { BenchSystem, RunningSystem, StartOptions, Stock } from "../../system.ts";
import type { ChildServer } from "../shared/child-server.ts";
import { requirePackage, startNodeApp } from "../shared/node-app.ts";
import { post } from "./post.ts";
import { partitions, startRestateServer } from "./restate-server.ts";
import { walSyncsIn } from "./wal-syncs.ts";

const placement = `${partitions} partition${partitions === 1 ? "" : "s"}`;

export const systems: readonly BenchSystem[] = [{ system: "restate", placement, start }];

/** @throws When a package is not installed, or a process does not come up. Nothing is left running then. */
async function start({ dataDir, skus, unitsPerSku, log }: StartOptions): Promise<RunningSystem> {
  requirePackage("@restatedev/restate-sdk");
  const children: ChildServer[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.splice(0).reverse()) await child.stop();
  };
  try {
    const data = join(dataDir, "restate");
    await mkdir(data, { recursive: true });
    const server = await startRestateServer({ data, dir: dataDir });
    children.push(server);
    const port = await freePort();
    const env = { PORT: String(port), RESTATE_LOGGING: "WARN" };
    const app = await startNodeApp({ peer: "restate", dir: dataDir, env, answers: () => expectConnection(port) });
    children.push(app);
    await post(`${server.admin}/deployments`, { uri: `http://127.0.0.1:${port}` });
    await inBatches(skus, (sku) => callStock(server.ingress, { sku, handler: "receive", body: unitsPerSku }));
    log(`restate: ingress ${server.ingress}, admin ${server.admin}, handlers on port ${port}`);
    return {
      origin: server.ingress,
      orderRequest: ({ key, sku }) => ({
        method: "POST",
        path: "/orders/place",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({ sku: `SKU-${sku}`, quantity: 1 }),
      }),
      isConfirmed: (status, body) => status === 200 && body.includes('"status":"confirmed"'),
      processes: () => ({ node: [app.pid], "restate-server": [server.pid] }),
      stock: () => inBatches(skus, (sku) => readStock(server.ingress, sku)),
      dataDirs: [data],
      commits: () => walSyncsIn(server.metrics),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readStock(ingress: string, sku: number): Promise<Stock> {
  const levels = (await callStock(ingress, { sku, handler: "get" })) as Stock;
  const { received, onHand, reserved, sold } = levels;
  return { received, onHand: onHand - reserved, reserved, sold };
}

interface StockCall {
  readonly sku: number;
  readonly handler: "receive" | "get";
  readonly body?: number;
}

const callStock = (ingress: string, { sku, handler, body }: StockCall): Promise<unknown> =>
  post(`${ingress}/stock/SKU-${sku}/${handler}`, body);

/** For 0 to `count` - 1, up to 32 at the same time. @returns The results in order. */
async function inBatches<Result>(count: number, each: (index: number) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < count; from += 32) {
    const indexes = Array.from({ length: Math.min(32, count - from) }, (_, offset) => from + offset);
    results.push(...(await Promise.all(indexes.map(each))));
  }
  return results;
}

/** The handlers speak HTTP/2 only, so that somebody listens is what can be asked. */
async function expectConnection(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}
