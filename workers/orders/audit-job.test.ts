import { expect, test } from "vitest";
import { captureLogs } from "../../shared/testing/captured-logs.ts";
import { fakeMetrics } from "../../shared/testing/fake-metrics.ts";
import { runAuditJob } from "./audit-job.ts";
import { createAuditWorld, worldOrderId, type AuditWorld } from "./testing/audit-world.ts";

const logs = captureLogs();

function shop(): AuditWorld {
  const world = createAuditWorld();
  for (let number = 1; number <= 12; number += 1) world.place(number, number % 2 === 0 ? "sold" : "declined");
  world.finish();
  return world;
}

async function run(world: AuditWorld) {
  const metrics = fakeMetrics();
  await runAuditJob({ reader: world.reader, now: () => world.nowMs, sleep: () => Promise.resolve(), metrics });
  return metrics;
}

test("runAuditJob counts a run that found nothing, and says what it looked at", async () => {
  const metrics = await run(shop());
  expect(metrics.counted).toEqual({ "holdfast_audit_runs_total{outcome=ok}": 1 });
  expect(metrics.gauged).toMatchObject({
    "holdfast_audit_disagreements{}": 0,
    "holdfast_stuck_money{kind=dead_hold}": 0,
    "holdfast_stuck_money{kind=charged_without_order}": 0,
  });
  expect(metrics.gauged["holdfast_audit_checked{}"]).toBeGreaterThanOrEqual(15);
  expect(logs.lines).toMatchObject([{ level: "info", captures: 6, in_flight: 0 }]);
});

test("runAuditJob names the first thing that disagrees in an error line, and counts what is stuck by its kind", async () => {
  const world = shop();
  const [orderId] = [worldOrderId(1)];
  const sku = world.orders.get(orderId)?.lines[0]?.sku ?? "";
  const hold = world.holds.get(sku)?.get(`order/${orderId}:1`);
  if (hold !== undefined) world.holds.get(sku)?.set(`order/${orderId}:1`, { ...hold, state: "held" });
  const metrics = await run(world);
  expect(metrics.counted).toEqual({ "holdfast_audit_runs_total{outcome=disagreed}": 1 });
  expect(metrics.gauged).toMatchObject({ "holdfast_audit_disagreements{}": 1, "holdfast_stuck_money{kind=dead_hold}": 1 });
  expect(logs.lines).toMatchObject([
    { level: "error", message: expect.stringContaining(`Order ${orderId} is failed, and 2 of ${sku}`) as string },
  ]);
});

test("runAuditJob counts and logs a run that could not be finished, and tells no number", async () => {
  const world = shop();
  world.beforeRead = () => {
    throw new Error("Postgres is gone");
  };
  const metrics = await run(world);
  expect(metrics.counted).toEqual({ "holdfast_audit_runs_total{outcome=failed}": 1 });
  expect(metrics.gauged).toEqual({});
  expect(logs.lines).toMatchObject([{ level: "error", cause: "Error: Postgres is gone" }]);
});

test("runAuditJob comes to every order within a day: its parts cover all ids, each once", async () => {
  const world = shop();
  const seen = new Map<string, number>();
  const { orderIds } = world.reader;
  world.reader.recentOrderIds = () => Promise.resolve([]);
  world.reader.orderIds = async (range) => {
    const ids = await orderIds(range);
    for (const id of ids) seen.set(id, (seen.get(id) ?? 0) + 1);
    return ids;
  };
  for (let minute = 0; minute < 1_440; minute += 1) {
    world.nowMs += 60_000;
    await run(world);
  }
  expect([...seen].sort()).toEqual([...world.orders.keys()].sort().map((id) => [id, 1]));
});
