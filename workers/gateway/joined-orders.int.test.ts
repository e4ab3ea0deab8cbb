/** Orders of many clients at one moment, over HTTP, on all Workers together: joined in their calls, and apart in all else. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCloud } from "../../local/cloud.ts";
import { orderSchema } from "../../shared/contracts/order.ts";
import { inventorySchema } from "../../shared/contracts/product.ts";
import { problemSchema } from "../../shared/errors/problem.ts";
import { eventually, shopClient, stockedSku, type Answer, type ShopClient } from "../../shared/testing/shop-client.ts";

let cloud: Awaited<ReturnType<typeof startCloud>>;
let stateDir: string;
let customer: ShopClient;
let operator: ShopClient;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-joined-"));
  const { HOLDFAST_POSTGRES_URL: postgresUrl, HOLDFAST_REDIS_URL: redisUrl } = process.env;
  const stores = { ...(postgresUrl !== undefined && { postgresUrl }), ...(redisUrl !== undefined && { redisUrl }) };
  cloud = await startCloud({ stateDir, port: 0, ...stores });
  customer = shopClient(cloud.baseUrl, cloud.customerKey);
  operator = shopClient(cloud.baseUrl, cloud.operatorKey);
}, 60_000);

afterAll(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const times = <Value>(count: number, work: (index: number) => Value): Value[] => Array.from({ length: count }, (_, index) => work(index));
const bodyOf = (sku: string, method = "pm_card_visa") => ({ items: [{ sku, quantity: 1 }], payment_method: method });
const place = (sku: string, { method, ...headers }: Record<string, string> = {}): Promise<Answer> =>
  customer.post("/v1/orders", bodyOf(sku, method), headers);
const isReplay = ({ headers }: Answer): boolean => headers.get("idempotent-replayed") === "true";

/** How many orders went with others so far, by what became of them. */
async function joined(outcome: "answered" | "alone" | "lost"): Promise<number> {
  const { text } = await operator.get("/metrics");
  return Number(new RegExp(`^holdfast_joined_orders_total\\{outcome="${outcome}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
}

describe("orders of many clients at one moment", () => {
  it("are each answered with their own, in few calls, and the ledger is right", async () => {
    const skus = await Promise.all(times(8, () => stockedSku(operator, 30)));
    const answers = (await Promise.all(times(40, (client) => ordersOf(skus[client % 8] ?? "")))).flat();
    expect(answers.map(({ status }) => status)).toEqual([...times(240, () => 201)]);
    expect(answers.filter(isReplay)).toEqual([]);
    expect(new Set(answers.map(({ body }) => orderSchema.parse(body).id)).size).toBe(240);
    for (const sku of skus) {
      await eventually(async () => {
        const levels = inventorySchema.parse((await operator.get(`/v1/inventory/${sku}`)).body);
        expect(levels).toMatchObject({ on_hand: 0, reserved: 0, sold: 30 });
      });
    }
    await eventually(async () => expect(await joined("answered")).toBeGreaterThan(60));
  });

  /** One client's, one after the other. */
  async function ordersOf(sku: string): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let count = 0; count < 6; count += 1) {
      const answer = await place(sku);
      expect(orderSchema.parse(answer.body).items[0]?.sku).toBe(sku);
      answers.push(answer);
    }
    return answers;
  }

  it("do not wait for a slow card; its order is asked for again alone, and is no replay, unless the client sends it again", async () => {
    const sku = await stockedSku(operator, 100);
    const ended: string[] = [];
    const follow = async (method: string, headers: Record<string, string> = {}): Promise<Answer> => {
      const answer = await place(sku, { method, ...headers });
      ended.push(method);
      return answer;
    };
    const shared = { "idempotency-key": crypto.randomUUID(), "x-request-id": "sent-by-the-client" };
    const others = times(30, (index) => follow(index % 10 === 5 ? "pm_card_slow" : "pm_card_visa"));
    const answers = await Promise.all([...others.slice(0, 8), follow("pm_card_slow", shared), ...others.slice(8)]);
    expect(ended.slice(0, 27)).toEqual(times(27, () => "pm_card_visa"));
    expect(answers.map(({ status }) => status).sort()).toEqual([...times(27, () => 201), ...times(4, () => 202)]);
    expect(answers.filter(isReplay)).toEqual([]);
    expect(isReplay(await follow("pm_card_slow", shared))).toBe(true);
    await eventually(async () => expect(await joined("alone")).toBeGreaterThan(0));
  });

  it("that share a key are one order, and all but one are told of a replay; another body is refused", async () => {
    const sku = await stockedSku(operator, 100);
    const keys = times(6, () => ({ "idempotency-key": crypto.randomUUID() }));
    const used = { "idempotency-key": crypto.randomUUID() };
    expect((await place(sku, used)).status).toBe(201);
    const [mismatch, ...orders] = await Promise.all([
      place(sku, { ...used, method: "pm_card_declined" }),
      ...keys.map((key) => Promise.all(times(5, () => place(sku, key)))),
    ]);
    expect([mismatch.status, problemSchema.parse(mismatch.body).code]).toEqual([422, "idempotency_mismatch"]);
    for (const answers of orders) {
      expect(answers.map(({ status, text }) => [status, text])).toEqual(times(5, () => [201, answers[0]?.text]));
      expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
    }
    await eventually(async () => expect((await operator.get(`/v1/inventory/${sku}`)).body).toMatchObject({ on_hand: 93, sold: 7 }));
  });

  it("are answered though clients hang up, whoever of them led; what was hung up can be asked for again", async () => {
    const sku = await stockedSku(operator, 300);
    const headers = { authorization: `Bearer ${cloud.customerKey}`, "content-type": "application/json" };
    for (let round = 0; round < 10; round += 1) {
      const keys = times(4, () => crypto.randomUUID());
      const leavers = keys.map(async (key, index) => {
        const leave = new AbortController();
        const init = {
          method: "POST",
          headers: { ...headers, "idempotency-key": key },
          body: JSON.stringify(bodyOf(sku)),
          signal: leave.signal,
        };
        const sent = fetch(`${cloud.baseUrl}/v1/orders`, init).then(
          (response) => response.status,
          () => 0,
        );
        setTimeout(() => leave.abort(), index);
        return sent;
      });
      const answers = await Promise.all(times(12, () => place(sku)));
      expect(answers.map(({ status }) => status)).toEqual(times(12, () => 201));
      await Promise.all(leavers);
      const again = await Promise.all(keys.map((key) => place(sku, { "idempotency-key": key })));
      expect(again.map(({ status }) => status)).toEqual(times(4, () => 201));
    }
    await eventually(async () => expect((await operator.get(`/v1/inventory/${sku}`)).body).toMatchObject({ on_hand: 140, sold: 160 }));
  });
});
