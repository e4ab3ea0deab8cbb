/**
 * Holdfast as `npm start` runs it, in a process of its own: production bundles on workerd, the gateway's own socket, state on disk. Its
 * Node process (miniflare, the HTTP endpoints of Postgres and Redis, QStash) counts as "node".
 */
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startShop, type ShopProcess } from "../../proofs/shared/cloud-process.ts";
import { openReader, openRecords, type Records, type RecordsChoice } from "../records.ts";
import type { BenchSystem, RunningSystem, StartOptions } from "../system.ts";
import { readStock, setShards, skuName, stockUp } from "./catalogue.ts";

export interface HoldfastOptions {
  readonly records: RecordsChoice;
  /** Laid over the Workers' vars, such as `{ ORDER_HOSTS: "1" }`. */
  readonly vars: Readonly<Record<string, string>>;
  /** Puts the build into a state directory (`build-once.ts`). */
  readonly installBuild: (stateDir: string) => Promise<void>;
}

export function holdfast(options: HoldfastOptions): BenchSystem {
  return { system: "holdfast", placement: placementOf(options.vars), start: (start) => startHoldfast(options, start) };
}

/** What `npm start` takes when nothing is said: all orders in one host. */
function placementOf(vars: HoldfastOptions["vars"]): string {
  if (vars["ORDER_PLACEMENT"] === "per-order") return "per-order";
  const hosts = vars["ORDER_HOSTS"] ?? "1";
  return `${hosts} ${hosts === "1" ? "host" : "hosts"}`;
}

async function startHoldfast({ records: choice, vars, installBuild }: HoldfastOptions, options: StartOptions): Promise<RunningSystem> {
  const stateDir = join(options.dataDir, "holdfast");
  await mkdir(stateDir, { recursive: true });
  await installBuild(stateDir);
  await using started = new AsyncDisposableStack();
  const records = started.adopt(await openRecords(choice, options.dataDir), (opened) => opened.stop());
  const shop = started.adopt(await startLogged(stateDir, { postgresUrl: records.url, vars }), (running) => running.killAll());
  const reader = started.adopt(await openReader(shop.where.databaseUrl), (opened) => opened.close());
  await stockUp(shop.where, options);
  if (options.shards !== undefined) await setShards(shop.where, { skus: options.skus, shards: options.shards });
  options.log(`holdfast: ${shop.where.baseUrl}, records in ${shop.where.databaseUrl}`);
  const workerd = await workerdOf(shop);
  const resources = started.move();
  return {
    ...describe({ shop, records, workerd, stateDir }),
    stock: () => readStock(shop.where, options.skus),
    lag: async (confirmed) => ({ rows: confirmed - (await reader.countConfirmed()) }),
    records: () => reader.read(options.skus),
    fireCron: () => shop.call("fireCron"),
    stop: () => resources.disposeAsync(),
  };
}

/** What its Node process writes to stderr goes to a file beside its state. @throws With the end of it, when it does not come up. */
async function startLogged(
  stateDir: string,
  options: { postgresUrl: string | undefined; vars: HoldfastOptions["vars"] },
): Promise<ShopProcess> {
  const path = join(stateDir, "stderr.log");
  const stderr = openSync(path, "a");
  try {
    return await startShop(stateDir, { ...options, reuseBuild: true }, { stderr });
  } catch (cause) {
    const written = (await readFile(path, "utf8")).slice(-stderrCharacters);
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n${written}`, { cause });
  } finally {
    closeSync(stderr);
  }
}

/** How much of it is told. */
const stderrCharacters = 2_000;

async function workerdOf(shop: ShopProcess): Promise<readonly number[]> {
  const pids = (await shop.children()).filter(({ command }) => command === "workerd").map(({ pid }) => pid);
  if (pids.length === 0) throw new Error("Holdfast runs without workerd");
  return pids;
}

interface Started {
  readonly shop: ShopProcess;
  readonly records: Records;
  readonly workerd: readonly number[];
  readonly stateDir: string;
}

function describe({ shop, records, workerd, stateDir }: Started): Omit<RunningSystem, "stock" | "stop"> {
  const headers = { authorization: `Bearer ${shop.where.customerKey}`, "content-type": "application/json" };
  const embedded = records.url === undefined ? [join(stateDir, "postgres")] : [];
  return {
    origin: shop.where.baseUrl,
    orderRequest: ({ key, sku }) => ({
      method: "POST",
      path: "/v1/orders",
      headers: { ...headers, "idempotency-key": key },
      body: JSON.stringify({ items: [{ sku: skuName(sku), quantity: 1 }], payment_method: "pm_card_visa" }),
    }),
    isConfirmed: (status, body) => status === 201 && body.includes('"status":"confirmed"'),
    processes: () => {
      const postgres = records.processes();
      return { workerd, node: [shop.pid], ...(postgres.length === 0 ? {} : { postgres }) };
    },
    dataDirs: [join(stateDir, "state"), ...embedded, ...records.dataDirs],
  };
}
