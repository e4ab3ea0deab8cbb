/** What an operator does before the load: products, deliveries, shards. Over HTTP, as any operator would. */
import { z } from "zod";
import { inParallel } from "../../proofs/kill/in-parallel.ts";
import type { ShopAddress } from "../../proofs/shared/cloud-process.ts";
import type { Stock } from "../system.ts";

export type Shop = Pick<ShopAddress, "baseUrl" | "operatorKey">;

const requestsAtOnce = 8;
/** The most that one delivery may bring. */
const unitsPerDelivery = 1_000_000;
const inventorySchema = z.object({ received: z.number(), on_hand: z.number(), reserved: z.number(), sold: z.number() });

/** The gateway has no route that sets a SKU's shards. */
export class ShardsUnavailable extends Error {
  constructor() {
    super("shards are not available: PUT /v1/inventory/{sku}/shards answers 404");
    this.name = "ShardsUnavailable";
  }
}

export const skuName = (index: number): string => `SKU-${index}`;

/** @throws Error with the answer, when the gateway refuses. */
export async function stockUp(shop: Shop, { skus, unitsPerSku }: { readonly skus: number; readonly unitsPerSku: number }): Promise<void> {
  await inParallel(skuNames(skus), requestsAtOnce, async (sku) => {
    await ask(shop, `/v1/products/${sku}`, { method: "PUT", body: { name: `Product ${sku}`, price_minor: 1_000, currency: "EUR" } });
    for (let left = unitsPerSku; left > 0; left -= unitsPerDelivery) {
      const quantity = Math.min(left, unitsPerDelivery);
      await ask(shop, `/v1/inventory/${sku}/receive`, { method: "POST", body: { quantity } });
    }
  });
}

/** @throws ShardsUnavailable; Error with the answer, when the gateway refuses otherwise. */
export async function setShards(shop: Shop, { skus, shards }: { readonly skus: number; readonly shards: number }): Promise<void> {
  for (const sku of skuNames(skus)) {
    const { status, text } = await request(shop, `/v1/inventory/${sku}/shards`, { method: "PUT", body: { shards } });
    if (status === 404) throw new ShardsUnavailable();
    if (status >= 300) throw new Error(`PUT /v1/inventory/${sku}/shards answered ${status}: ${text}`);
  }
}

/** The ledgers. What is on hand there includes what is reserved; here it does not. */
export async function readStock(shop: Shop, skus: number): Promise<readonly Stock[]> {
  const stock: Stock[] = [];
  await inParallel([...skuNames(skus).entries()], requestsAtOnce, async ([index, sku]) => {
    const { received, on_hand, reserved, sold } = inventorySchema.parse(
      JSON.parse(await ask(shop, `/v1/inventory/${sku}`, { method: "GET" })),
    );
    stock[index] = { received, onHand: on_hand - reserved, reserved, sold };
  });
  return stock;
}

const skuNames = (count: number): string[] => Array.from({ length: count }, (_, index) => skuName(index));

interface Call {
  readonly method: "GET" | "PUT" | "POST";
  readonly body?: object;
}

async function ask(shop: Shop, path: string, call: Call): Promise<string> {
  const { status, text } = await request(shop, path, call);
  if (status >= 300) throw new Error(`${call.method} ${path} answered ${status}: ${text}`);
  return text;
}

async function request({ baseUrl, operatorKey }: Shop, path: string, { method, body }: Call): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${operatorKey}`, "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
  const response = await fetch(baseUrl + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}
