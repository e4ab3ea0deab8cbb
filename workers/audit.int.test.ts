/** The audit of a real shop: silent while it lives, clean when it rests, exact when something has been tampered with. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon, neonConfig } from "@neondatabase/serverless";
import { Stripe } from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAudit } from "../local/audit-client.ts";
import { startCloud, type Cloud } from "../local/cloud.ts";
import { projectRoot } from "../local/project.ts";
import { stuckListSchema, type WireAudit } from "../shared/contracts/audit.ts";
import { orderSchema, timelineSchema } from "../shared/contracts/order.ts";
import { eventually, shopClient, stockedSku, type ShopClient } from "../shared/testing/shop-client.ts";

let cloud: Cloud;
let stateDir: string;
let customer: ShopClient;
let operator: ShopClient;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-audit-"));
  // Stores of its own: an audit of a database that other shops write to as well would rightly accuse their orders.
  cloud = await startCloud({
    stateDir,
    port: 0,
    payment: "stripe",
  });
  customer = shopClient(cloud.baseUrl, cloud.customerKey);
  operator = shopClient(cloud.baseUrl, cloud.operatorKey);
}, 60_000);

afterAll(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const audit = (): Promise<WireAudit> => readAudit({ baseUrl: cloud.baseUrl, operatorKey: cloud.operatorKey });

const query = async (text: string, parameters: unknown[]): Promise<Record<string, unknown>[]> => {
  neonConfig.fetchEndpoint = cloud.databaseFetchEndpoint;
  return (await neon(cloud.databaseUrl).query(text, parameters)) as Record<string, unknown>[];
};

const cards = ["pm_card_visa", "pm_card_visa", "pm_card_declined", "pm_card_flaky"];
const place = (sku: string, number: number) =>
  customer.post("/v1/orders", { items: [{ sku, quantity: 1 + (number % 3) }], payment_method: cards[number % cards.length] });
const idOf = (body: unknown): string => orderSchema.parse(body).id;

/** Orders of all kinds, and what happens to them afterwards, some at the same time. */
async function liveThrough(skus: readonly string[], numbers: number): Promise<void> {
  const left = Array.from({ length: numbers }, (_, number) => number).values();
  const lane = async (): Promise<void> => {
    for (const number of left) await live(skus[number % skus.length] ?? "", number);
  };
  await Promise.all(Array.from({ length: 24 }, lane));
}

async function live(sku: string, number: number): Promise<void> {
  const placed = await place(sku, number);
  if (placed.status !== 201) return;
  const id = idOf(placed.body);
  if (number % 5 === 0) await customer.post(`/v1/orders/${id}/cancel`, {});
  if (number % 5 === 1) await operator.post(`/v1/orders/${id}/refunds`, { reason: "damaged", amount_minor: 100 });
  if (number % 5 === 2) await operator.post(`/v1/orders/${id}/fulfil`, {});
  if (number % 5 === 2) await operator.post(`/v1/orders/${id}/returns`, { items: [{ sku, quantity: 1 }] });
}

/** Until nothing is under way any more, and so many orders are known: what Postgres has not heard of yet is not looked at. */
async function rested(orders = 0): Promise<WireAudit> {
  let found: WireAudit | undefined;
  await eventually(async () => {
    found = await audit();
    expect(found.in_flight).toBe(0);
    expect(found.checked.records).toBeGreaterThanOrEqual(orders);
  });
  if (found === undefined) throw new Error("no audit");
  return found;
}

/** Money taken behind the shop's back. */
async function chargeAtStripe(orderId: string): Promise<string> {
  const { url = "", secretKey = "" } = cloud.stripe ?? {};
  const { hostname: host, port } = new URL(url);
  const stripe = new Stripe(secretKey, { host, port, protocol: "http" });
  const metadata = { order_id: orderId, charge_id: `${orderId}:charge:1` };
  const { id } = await stripe.paymentIntents.create({ amount: 700, currency: "eur", metadata });
  expect((await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" })).status).toBe("succeeded");
  return id;
}

/** `npm run audit`, as a person runs it. */
const runCommand = (): Promise<{ code: number; stdout: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, HOLDFAST_URL: cloud.baseUrl, HOLDFAST_OPERATOR_KEY: cloud.operatorKey };
    execFile(process.execPath, [join(projectRoot, "local/audit.ts")], { env }, (error, stdout) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout });
    });
  });

describe("the audit of a shop", () => {
  it("accuses nobody while orders come, are cancelled, refunded, shipped and returned; and is clean when they rest", async () => {
    const skus = await Promise.all([stockedSku(operator, 400), stockedSku(operator, 400), stockedSku(operator, 20)]);
    await operator.post("/v1/inventory/reserve", { sku: skus[0], quantity: 3, reservation_id: "by-hand" });
    const shop = { living: true };
    const life = liveThrough(skus, 300).finally(() => (shop.living = false));
    let looks = 0;
    while (shop.living) {
      const { disagreements } = await audit();
      expect(disagreements).toEqual([]);
      looks += 1;
    }
    await life;
    expect(looks).toBeGreaterThan(0);
    const found = await rested(300);
    expect(found).toMatchObject({ ok: true, disagreements: [], first: null, checked: { orders: 300, records: 300, skus: 3 } });
    expect(found.checked.notifications).toBeGreaterThan(100);
    expect(found.checked.captures).toBe(found.checked.notifications);
    expect(await operator.get("/v1/stuck")).toMatchObject({ status: 200, body: { data: [], next_cursor: null } });
    const { code, stdout } = await runCommand();
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^audit: everything agrees; 3 SKUs, 300 orders, .* 0 in flight; [0-9.]+ s\n$/),
    ]);
  }, 120_000);

  it("names exactly the rows that were tampered with, in the answer, in the command's lines and its exit code", async () => {
    const sku = await stockedSku(operator, 10);
    const [first, second, third] = await Promise.all([place(sku, 0), place(sku, 0), place(sku, 0)]);
    const [totalled, unnotified, lost] = [idOf(first.body), idOf(second.body), idOf(third.body)];
    await rested(303);
    await query("update orders.orders set total_minor = total_minor + 1 where id = $1", [totalled]);
    await query("delete from ops.notifications where order_id = $1 and kind = 'order.confirmed'", [unnotified]);
    await query("delete from orders.orders where id = $1", [lost]);
    const { ok, first: sentence, disagreements } = await rested();
    expect(ok).toBe(false);
    expect(sentence).toBe(disagreements[0]?.detail);
    const named = disagreements.map(({ rule, subject }) => `${rule} ${subject}`).sort();
    const expected = [`confirmed_order_was_notified_once ${unnotified}`, `record_equals_order ${totalled}`, `record_equals_order ${lost}`];
    expect(named).toEqual(expected.sort());
    const { code, stdout } = await runCommand();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^audit: 3 disagree; /);
    for (const id of [totalled, unnotified, lost]) expect(stdout).toContain(`Order ${id}`);
  }, 60_000);

  it("runs on its schedule, and its result is a metric and an error line that names the first", async () => {
    await cloud.fireCron();
    await eventually(async () => {
      const { text } = await operator.get("/metrics");
      expect(text).toMatch(/^holdfast_audit_runs_total\{outcome="disagreed"\} [1-9]/m);
      expect(text).toMatch(/^holdfast_audit_disagreements\{[^}]*\} [1-9]/m);
      expect(text).toMatch(/^holdfast_stuck_money\{kind="dead_hold"\} 0$/m);
    });
  }, 60_000);

  it("finds money that no order counts, gives it back in one call, and records who did it", async () => {
    const sku = await stockedSku(operator, 1);
    const declined = await customer.post("/v1/orders", { items: [{ sku, quantity: 1 }], payment_method: "pm_card_declined" });
    const { order_id: failed = "" } = declined.body as { order_id?: string };
    const unknown = `ord_${crypto.randomUUID().replaceAll("-", "")}`;
    const references = [await chargeAtStripe(failed), await chargeAtStripe(unknown)];
    const before = (await rested()).disagreements.filter(({ rule }) => rule === "capture_has_one_order");
    expect(before.map(({ subject }) => subject).sort()).toEqual([failed, unknown].sort());
    const { data } = stuckListSchema.parse((await operator.get("/v1/stuck")).body);
    expect(data.map(({ kind, order_id, amount_minor }) => [kind, order_id, amount_minor]).sort()).toEqual(
      [failed, unknown].map((id) => ["charged_without_order", id, 700]).sort(),
    );
    for (const { id } of data) {
      const answer = await operator.post(`/v1/stuck/${id}/resolve`, { action: "void" });
      expect(answer).toMatchObject({ status: 200, body: { action: "void", outcome: "done", item: { id } } });
      expect(await operator.post(`/v1/stuck/${id}/resolve`, { action: "void" })).toMatchObject({
        status: 409,
        body: { code: "not_stuck" },
      });
    }
    const kept = cloud.stripe?.ledger().filter(({ reference }) => references.includes(reference));
    expect(kept?.map(({ refundedMinor }) => refundedMinor)).toEqual([700, 700]);
    const rows = await query("select principal_id, action, outcome from ops.interventions", []);
    expect(rows).toEqual([1, 2].map(() => ({ principal_id: "demo-operator", action: "void", outcome: "done" })));
    const timeline = timelineSchema.parse((await operator.get(`/v1/orders/${failed}/timeline`)).body);
    expect(timeline.entries.map(({ step }) => step)).toContain("refund_payment");
    expect((await rested()).disagreements.filter(({ rule }) => rule === "capture_has_one_order")).toEqual([]);
  }, 60_000);

  it("is for operators; what is not stuck is left alone, and the answer is kept under its key", async () => {
    expect((await customer.get("/v1/audit")).status).toBe(403);
    expect((await customer.get("/v1/stuck")).status).toBe(403);
    const sku = await stockedSku(operator, 1);
    const id = idOf((await place(sku, 0)).body);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const resolve = () => operator.post(`/v1/stuck/overdue_alarm~${id}/resolve`, { action: "finish" }, headers);
    const refused = await resolve();
    expect(refused).toMatchObject({ status: 409, body: { code: "not_stuck" } });
    expect((await resolve()).text).toBe(refused.text);
    expect(await query("select * from ops.interventions where item_id like '%' || $1", [id])).toEqual([]);
  });
});
