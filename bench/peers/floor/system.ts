/** The floor: the least code on workerd with the same hops and commits as an order of Holdfast's. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { inParallel } from "../../../proofs/kill/in-parallel.ts";
import { freePort } from "../../../proofs/shared/free-port.ts";
import { descendantsOf } from "../../../proofs/shared/process-tree.ts";
import type { RecordsChoice } from "../../records.ts";
import type { BenchSystem, RunningSystem, StartOptions, Stock } from "../../system.ts";
import { startChildServer, type ChildServer } from "../shared/child-server.ts";
import { openFloorRecords, type FloorRecords } from "./records.ts";
import { floorShapes, type FloorShape } from "./shapes.ts";

const script = fileURLToPath(new URL("host.ts", import.meta.url));
const requestsAtOnce = 8;
const stockSchema = z.object({ received: z.number(), onHand: z.number(), reserved: z.number(), sold: z.number() });

/** All shapes; those with records only where these are kept in PostgreSQL. */
export const floorSystems = (records: RecordsChoice): readonly BenchSystem[] =>
  floorShapes
    .filter(({ vars }) => vars.RECORDS === "no" || records.kind !== "pglite")
    .map((shape) => ({ system: "floor", placement: shape.placement, start: (options) => startFloor({ shape, records }, options) }));

interface Floor {
  readonly shape: FloorShape;
  readonly records: RecordsChoice;
}

async function startFloor({ shape, records: choice }: Floor, options: StartOptions): Promise<RunningSystem> {
  const { dataDir, skus, unitsPerSku, log } = options;
  const state = join(dataDir, "floor");
  await mkdir(state, { recursive: true });
  await using started = new AsyncDisposableStack();
  const records =
    shape.vars.RECORDS === "no" ? undefined : started.adopt(await openFloorRecords(choice, dataDir), (opened) => opened.stop());
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = started.adopt(
    await startChildServer({
      name: "floor",
      command: [process.execPath, script, state, String(port), shape.placement, ...(records === undefined ? [] : [records.url])],
      dir: dataDir,
      answers: () => call(`${origin}/stock/SKU-0`).then(() => undefined),
    }),
    (child) => child.stop(),
  );
  const names = Array.from({ length: skus }, (_, index) => `SKU-${index}`);
  await inParallel(names, requestsAtOnce, (sku) => call(`${origin}/stock/${sku}`, { method: "PUT", body: String(unitsPerSku) }));
  log(`floor, ${shape.placement}: ${origin}`);
  const workerd = await workerdOf(server);
  const resources = started.move();
  return {
    ...describe({ origin, server, workerd, records }),
    ...(records !== undefined && readRecords(records, { origin, skus })),
    stock: () => Promise.all(names.map(async (sku): Promise<Stock> => stockSchema.parse(JSON.parse(await call(`${origin}/stock/${sku}`))))),
    dataDirs: [join(state, "state"), ...(records?.dataDirs ?? [])],
    stop: () => resources.disposeAsync(),
  };
}

async function workerdOf({ pid }: ChildServer): Promise<readonly number[]> {
  const pids = (await descendantsOf(pid)).filter(({ command }) => command === "workerd").map((found) => found.pid);
  if (pids.length === 0) throw new Error("The floor runs without workerd");
  return pids;
}

interface Started {
  readonly origin: string;
  readonly server: ChildServer;
  readonly workerd: readonly number[];
  readonly records: FloorRecords | undefined;
}

function describe({
  origin,
  server,
  workerd,
  records,
}: Started): Pick<RunningSystem, "origin" | "orderRequest" | "isConfirmed" | "processes"> {
  return {
    origin,
    orderRequest: ({ key, sku }) => ({
      method: "POST",
      path: "/orders",
      headers: { "idempotency-key": key, "content-type": "application/json" },
      body: JSON.stringify({ sku: `SKU-${sku}` }),
    }),
    isConfirmed: (status, body) => status === 201 && body.endsWith('"status":"confirmed"}'),
    processes: () => {
      const postgres = records?.processes() ?? [];
      return { workerd, node: [server.pid], ...(postgres.length === 0 ? {} : { postgres }) };
    },
  };
}

function readRecords({ reader }: FloorRecords, { origin, skus }: { origin: string; skus: number }): Pick<RunningSystem, "lag" | "records"> {
  return {
    lag: async (confirmed) => ({ rows: confirmed - (await reader.countConfirmed()) }),
    records: async () => ({ ...(await reader.read(skus)), unacknowledged: Number(await call(`${origin}/outbox`)) }),
  };
}

/** @throws When it answers anything but 2xx. */
async function call(url: string, init: { readonly method?: string; readonly body?: string } = {}): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method ?? "GET"} ${url} answered ${response.status}: ${text}`);
  return text;
}
