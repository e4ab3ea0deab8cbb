/** Each process of the fleet dies while orders are taken: nothing is lost, and nothing happens twice. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCloud } from "../local/cloud.ts";
import { frontBesideConsumers, frontWithConsumers } from "../local/workers/arrangement.ts";
import { killProcess } from "../proofs/shared/process-tree.ts";
import { runtimeOf } from "../proofs/shared/runtimes-of.ts";
import { orderSchema } from "../shared/contracts/order.ts";
import { eventually, shopClient, stockedSku, type Answer, type ShopClient } from "../shared/testing/shop-client.ts";

// Which process is which is read from /proc.
describe.skipIf(process.platform !== "linux").each([
  ["two", frontWithConsumers],
  ["three", frontBesideConsumers],
])("a fleet of %s processes", (_, arrangement) => {
  let cloud: Awaited<ReturnType<typeof startCloud>>;
  let stateDir: string;
  let database: pg.Client;
  let customer: ShopClient;
  let operator: ShopClient;
  /** Ids by SKU, one unit each, of 1,000. */
  const taken = new Map<string, readonly string[]>();

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "holdfast-fleet-killed-"));
    cloud = await startCloud({ stateDir, port: 0, arrangement });
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

  const place = (sku: string, key: string): Promise<Answer> =>
    customer.post("/v1/orders", { items: [{ sku, quantity: 1 }], payment_method: "pm_card_visa" }, { "idempotency-key": key });
  const idOf = (answer: Answer): string => orderSchema.parse(answer.body).id;
  const count = async (table: string, column: string, id: string): Promise<number> =>
    (await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [id])).rows[0]?.n ?? 0;
  const arrived = async (id: string) => ({
    orders: await count("orders.orders", "id", id),
    notifications: await count("ops.notifications", "order_id", id),
  });

  /** Asks with one key until the order is there. @returns Its id; what was answered meanwhile goes to `refusals`, null for no answer. */
  async function placeUntilTaken(sku: string, { key, refusals }: { key: string; refusals: (Answer | null)[] }): Promise<string> {
    for (;;) {
      const answer = await place(sku, key).catch(() => null);
      if (answer !== null && answer.status < 500) return idOf(answer);
      refusals.push(answer);
    }
  }

  it.each(["objects", "front"] as const)(
    "the one for %s is killed: whoever asks again with the same key has one order, and what is answered meanwhile is 503 with Retry-After",
    async (role) => {
      const sku = await stockedSku(operator, 1_000);
      const refusals: (Answer | null)[] = [];
      const placed = new Map<string, string>();
      let killedAfter = Number.POSITIVE_INFINITY;
      const client = async (name: number): Promise<void> => {
        for (let n = 0; placed.size < killedAfter + 40; n += 1) {
          const key = `${role}-${name}-${n}`;
          placed.set(key, await placeUntilTaken(sku, { key, refusals }));
        }
      };
      const clients = Promise.all([0, 1, 2, 3].map(client));
      await expect.poll(() => placed.size, { timeout: 20_000 }).toBeGreaterThan(20);
      killProcess(await runtimeOf(process.pid, role));
      killedAfter = placed.size;
      await clients;
      expect(refusals.length).toBeGreaterThan(0);
      const answered = refusals.filter((answer) => answer !== null);
      expect(new Set(answered.map(({ status, headers }) => `${status}, Retry-After ${headers.get("Retry-After")}`))).toEqual(
        role === "objects" ? new Set(["503, Retry-After 1"]) : new Set(),
      );
      // One each, told the same ever after.
      expect(new Set(placed.values()).size).toBe(placed.size);
      for (const [key, id] of placed) expect(idOf(await place(sku, key))).toBe(id);
      taken.set(sku, [...placed.values()]);
    },
    120_000,
  );

  it.runIf(arrangement === frontBesideConsumers)(
    "the one for consumers is killed with what it was given: orders are taken meanwhile",
    async () => {
      const sku = await stockedSku(operator, 1_000);
      const consumers = await runtimeOf(process.pid, "consumers");
      // It takes what is sent to it and does nothing with it.
      process.kill(consumers, "SIGSTOP");
      const id = idOf(await place(sku, "while-consumers-stand-still"));
      expect(await arrived(id)).toEqual({ orders: 0, notifications: 0 });
      killProcess(consumers);
      taken.set(sku, [id]);
    },
  );

  // What was under way when a process died is sent again after 30 s.
  it("at last every order has its unit, is projected and notified, once, and what the new consumers count arrives too", async () => {
    await eventually(async () => {
      for (const [sku, ids] of taken) {
        expect((await operator.get(`/v1/inventory/${sku}`)).body).toMatchObject({ on_hand: 1_000 - ids.length, reserved: 0 });
        for (const id of ids) expect(await arrived(id)).toEqual({ orders: 1, notifications: 1 });
      }
    });
    expect(taken.size).toBeGreaterThan(1);
    await eventually(async () => {
      expect((await operator.get("/metrics")).text).toMatch(/holdfast_notifications_total\{[^}]*\} \d/);
    });
  }, 120_000);
});
