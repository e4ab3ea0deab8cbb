/** A hot SKU over several objects, through HTTP: spread while orders come in, sold to the last unit, and audited. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAudit } from "../local/audit-client.ts";
import { startCloud, type Cloud } from "../local/cloud.ts";
import { inventorySchema } from "../shared/contracts/product.ts";
import { eventually, shopClient, stockedSku, type ShopClient } from "../shared/testing/shop-client.ts";

/** Objects of their own, and all of them in one: then root and shards call themselves. */
describe.each([
  { STOCK_PLACEMENT: "per-sku", STOCK_HOSTS: "1" },
  { STOCK_PLACEMENT: "pooled", STOCK_HOSTS: "1" },
])("%j", (vars) => {
  let cloud: Cloud;
  let stateDir: string;
  let customer: ShopClient;
  let operator: ShopClient;

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "holdfast-split-"));
    cloud = await startCloud({ stateDir, port: 0, vars: { ...vars, ORDER_PLACEMENT: "pooled", ORDER_HOSTS: "2" } });
    customer = shopClient(cloud.baseUrl, cloud.customerKey);
    operator = shopClient(cloud.baseUrl, cloud.operatorKey);
  }, 60_000);

  afterAll(async () => {
    await cloud.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  const setShards = (sku: string, shards: number) => operator.put(`/v1/inventory/${sku}/shards`, { shards });
  const inventory = async (sku: string) => inventorySchema.parse((await operator.get(`/v1/inventory/${sku}`)).body);
  const place = async (sku: string, count: number): Promise<readonly number[]> => {
    const body = { items: [{ sku, quantity: 1 }], payment_method: "pm_card_visa" };
    const answers = await Promise.all(Array.from({ length: count }, () => customer.post("/v1/orders", body)));
    return answers.map(({ status }) => status);
  };

  it("is sold to the last unit and no further, whatever its shards are meanwhile, and everything agrees", async () => {
    const sku = await stockedSku(operator, 90);
    expect((await setShards(sku, 4)).status).toBe(200);
    // The hosts hear of the shards with their first answers.
    const statuses = [...(await place(sku, 10))];
    const [some, , more] = await Promise.all([place(sku, 30), setShards(sku, 2), place(sku, 30)]);
    const [others, changed] = await Promise.all([place(sku, 40), setShards(sku, 16)]);
    expect(changed.body).toMatchObject({ shards: 16, received: 90 });
    statuses.push(...some, ...more, ...others);
    expect({ sold: statuses.filter((status) => status === 201).length, out: statuses.filter((status) => status === 409).length }).toEqual({
      sold: 90,
      out: 20,
    });
    const sold = { sku, on_hand: 0, reserved: 0, available: 0, sold: 90, received: 90, shards: 16 };
    await eventually(async () => expect(await inventory(sku)).toEqual(sold));
    await eventually(async () =>
      expect(await readAudit({ baseUrl: cloud.baseUrl, operatorKey: cloud.operatorKey })).toMatchObject({ ok: true, disagreements: [] }),
    );
  }, 120_000);

  it("is the operator's to spread, over 1 to 64 objects", async () => {
    const sku = await stockedSku(operator, 1);
    expect((await customer.put(`/v1/inventory/${sku}/shards`, { shards: 2 })).status).toBe(403);
    expect((await setShards(sku, 65)).body).toMatchObject({ status: 422, code: "validation_failed" });
    expect((await setShards("not-there", 2)).status).toBe(404);
    expect((await setShards(sku, 64)).body).toMatchObject({ shards: 64, available: 1 });
  });
});
