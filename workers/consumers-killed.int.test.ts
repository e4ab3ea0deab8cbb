/** The process in which queues are consumed dies with what its brokers hold; the outbox has it still. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCloud } from "../local/cloud.ts";
import { killProcess } from "../proofs/shared/process-tree.ts";
import { runtimeOf } from "../proofs/shared/runtimes-of.ts";
import { orderSchema } from "../shared/contracts/order.ts";
import { eventually, shopClient, stockedSku, type ShopClient } from "../shared/testing/shop-client.ts";

let cloud: Awaited<ReturnType<typeof startCloud>>;
let stateDir: string;
let database: pg.Client;
let customer: ShopClient;
let operator: ShopClient;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-consumers-killed-"));
  cloud = await startCloud({ stateDir, port: 0 });
  database = new pg.Client(cloud.databaseUrl);
  await database.connect();
  customer = shopClient(cloud.baseUrl, cloud.customerKey);
  operator = shopClient(cloud.baseUrl, cloud.operatorKey);
}, 60_000);

afterAll(async () => {
  await database.end();
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const count = async (table: string, column: string, id: string): Promise<number> =>
  (await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [id])).rows[0]?.n ?? 0;
const arrived = async (id: string) => ({
  orders: await count("orders.orders", "id", id),
  notifications: await count("ops.notifications", "order_id", id),
});

// Which process is which is read from /proc.
describe.skipIf(process.platform !== "linux")("the process of the consumers", () => {
  it("killed with what it was given: orders are taken meanwhile, and later projected and notified, once", async () => {
    const sku = await stockedSku(operator, 10);
    const consuming = await runtimeOf(process.pid, "consuming");
    // It takes what is sent to it and does nothing with it.
    process.kill(consuming, "SIGSTOP");
    const reply = await customer.post("/v1/orders", { items: [{ sku, quantity: 1 }], payment_method: "pm_card_visa" });
    const { id, status } = orderSchema.parse(reply.body);
    expect([reply.status, status]).toEqual([201, "confirmed"]);
    expect(await arrived(id)).toEqual({ orders: 0, notifications: 0 });
    killProcess(consuming);
    await eventually(async () => expect(await arrived(id)).toEqual({ orders: 1, notifications: 1 }));
    // What the consumers of the new process count arrives too.
    await eventually(async () => {
      expect((await operator.get("/metrics")).text).toMatch(/holdfast_notifications_total\{[^}]*\} 1/);
    });
  }, 120_000);
});
