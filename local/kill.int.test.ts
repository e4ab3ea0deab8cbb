/** Every process is killed with SIGKILL under load and started again on the same directory: what was acknowledged is there. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startShop, type ShopProcess } from "../proofs/shared/cloud-process.ts";
import { inventorySchema } from "../shared/contracts/product.ts";
import { eventually, shopClient, stockedSku, type Answer } from "../shared/testing/shop-client.ts";

let stateDir: string;
const shops: ShopProcess[] = [];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-kill-"));
});
afterAll(async () => {
  await Promise.all(shops.map((shop) => shop.killAll()));
  await rm(stateDir, { recursive: true, force: true });
});

async function start() {
  const shop = await startShop(stateDir);
  shops.push(shop);
  const { baseUrl, customerKey, operatorKey } = shop.where;
  return { shop, customer: shopClient(baseUrl, customerKey), operator: shopClient(baseUrl, operatorKey) };
}

interface Attempt {
  readonly key: string;
  readonly answer: Answer | undefined;
}

it.skipIf(process.platform !== "linux")(
  "nothing acknowledged is lost, and everything that was begun ends",
  async () => {
    const first = await start();
    const sku = await stockedSku(first.operator, 1_000);
    const body = { items: [{ sku, quantity: 1 }], payment_method: "pm_card_visa" };
    const place = async (client: typeof first.customer, key: string): Promise<Attempt> => ({
      key,
      answer: await client.post("/v1/orders", body, { "idempotency-key": key }).catch(() => undefined),
    });

    // Killed once the first 50 of 400 orders have been answered: the others are in every stage of their sagas.
    const enough = Promise.withResolvers<undefined>();
    let answered = 0;
    const attempts = Array.from({ length: 400 }, async (_, index) => {
      const attempt = await place(first.customer, `kill-${index}`);
      if (attempt.answer?.status === 201 && ++answered === 50) enough.resolve(undefined);
      return attempt;
    });
    await enough.promise;
    await first.shop.killAll();
    const before = await Promise.all(attempts);
    const acknowledged = before.filter((attempt) => attempt.answer?.status === 201);
    expect(acknowledged.length).toBeGreaterThanOrEqual(50);

    const second = await start();
    for (const { key, answer } of acknowledged) {
      const { id } = answer?.body as { id: string };
      expect((await second.customer.get(`/v1/orders/${id}`)).text).toBe(answer?.text);
      const again = await place(second.customer, key);
      expect([again.answer?.text, again.answer?.headers.get("idempotent-replayed")]).toEqual([answer?.text, "true"]);
    }
    // A client that got no answer asks again with the same key, and gets the one order it stands for.
    const after = await Promise.all(before.map((attempt) => place(second.customer, attempt.key)));
    expect(new Set(after.map((attempt) => attempt.answer?.status))).toEqual(new Set([201]));
    const ids = new Set(after.map((attempt) => (attempt.answer?.body as { id: string }).id));
    expect(ids.size).toBe(400);

    await eventually(async () => {
      const levels = inventorySchema.parse((await second.operator.get(`/v1/inventory/${sku}`)).body);
      expect(levels).toMatchObject({ on_hand: 600, reserved: 0, sold: 400, received: 1_000 });
    });
    neonConfig.fetchEndpoint = second.shop.where.databaseFetchEndpoint;
    const sql = neon(second.shop.where.databaseUrl);
    await eventually(async () => {
      const [row] =
        await sql`select count(*) filter (where o.status = 'confirmed') as confirmed, count(n.id) as notified, count(distinct n.order_id) as told
      from orders.orders o left join ops.notifications n on n.order_id = o.id`;
      expect([row?.["confirmed"], row?.["notified"], row?.["told"]].map(Number)).toEqual([400, 400, 400]);
    });
  },
  180_000,
);
