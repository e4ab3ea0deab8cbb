/** The floor: the least code on workerd with the same hops and commits as an order of Holdfast's. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { inParallel } from "../../../proofs/kill/in-parallel.ts";
import { freePort } from "../../../proofs/shared/free-port.ts";
import { descendantsOf } from "../../../proofs/shared/process-tree.ts";
import type { BenchSystem, RunningSystem, StartOptions, Stock } from "../../system.ts";
import { startChildServer } from "../shared/child-server.ts";
import { floorShapes, type FloorShape } from "./shapes.ts";

const script = fileURLToPath(new URL("host.ts", import.meta.url));
const requestsAtOnce = 8;
const stockSchema = z.object({ received: z.number(), onHand: z.number(), reserved: z.number(), sold: z.number() });

export const systems: readonly BenchSystem[] = floorShapes.map((shape) => ({
  system: "floor",
  placement: shape.placement,
  start: (options) => startFloor(shape, options),
}));

async function startFloor({ placement, vars }: FloorShape, { dataDir, skus, unitsPerSku, log }: StartOptions): Promise<RunningSystem> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const state = join(dataDir, "floor");
  await mkdir(state, { recursive: true });
  const command = [process.execPath, script, state, String(port), JSON.stringify(vars)];
  const server = await startChildServer({
    name: "floor",
    command,
    dir: dataDir,
    answers: () => call(`${origin}/stock/SKU-0`).then(() => undefined),
  });
  try {
    const names = Array.from({ length: skus }, (_, index) => `SKU-${index}`);
    await inParallel(names, requestsAtOnce, (sku) => call(`${origin}/stock/${sku}`, { method: "PUT", body: String(unitsPerSku) }));
    const workerd = (await descendantsOf(server.pid)).filter(({ command: name }) => name === "workerd").map(({ pid }) => pid);
    if (workerd.length === 0) throw new Error("The floor runs without workerd");
    log(`floor, ${placement}: ${origin}`);
    return {
      origin,
      orderRequest: ({ key, sku }) => ({
        method: "POST",
        path: "/orders",
        headers: { "idempotency-key": key, "content-type": "application/json" },
        body: JSON.stringify({ sku: `SKU-${sku}` }),
      }),
      isConfirmed: (status, body) => status === 201 && body.endsWith('"status":"confirmed"}'),
      processes: () => ({ workerd, node: [server.pid] }),
      stock: () =>
        Promise.all(names.map(async (sku): Promise<Stock> => stockSchema.parse(JSON.parse(await call(`${origin}/stock/${sku}`))))),
      dataDirs: [join(state, "state")],
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** @throws When it answers anything but 2xx. */
async function call(url: string, init: { readonly method?: string; readonly body?: string } = {}): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method ?? "GET"} ${url} answered ${response.status}: ${text}`);
  return text;
}
