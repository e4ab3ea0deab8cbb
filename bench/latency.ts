/**
 * How long a warm order takes on the running `npm start`: one client, one order after the other, each a new one.
 *
 *     npm start          # in another terminal
 *     npm run bench:latency -- [orders, default 500]
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { defaultStateDir } from "../local/project.ts";

const credentialsSchema = z.object({ base_url: z.string(), customer_key: z.string(), operator_key: z.string() });
const warmUp = 100;

const orders = Number(process.argv[2] ?? 500);
const path = join(defaultStateDir, "credentials.json");
const { base_url, customer_key, operator_key } = credentialsSchema.parse(JSON.parse(await readFile(path, "utf8")));

await post("/v1/inventory/PROD-1/receive", { quantity: orders + warmUp }, operator_key);
for (let index = 0; index < warmUp; index++) await placeOrder();
const times: number[] = [];
for (let index = 0; index < orders; index++) times.push(await placeOrder());
times.sort((a, b) => a - b);
const at = (share: number): string => `${(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1)} ms`;
console.log(`${orders} orders one after the other: median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, slowest ${at(1)}`);

/** @returns Milliseconds from the request to the end of the answer. */
async function placeOrder(): Promise<number> {
  const startedAt = performance.now();
  const status = await post("/v1/orders", { items: [{ sku: "PROD-1", quantity: 1 }], payment_method: "pm_card_visa" }, customer_key);
  if (status !== 201) throw new Error(`an order was answered ${status}`);
  return performance.now() - startedAt;
}

async function post(route: string, body: unknown, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, "idempotency-key": crypto.randomUUID(), "content-type": "application/json" };
  const response = await fetch(base_url + route, { method: "POST", headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}
