/** One scenario on one running system, once: warm-up, the measured window, catching up, the ledger and the records. */
import { orderTemplate, placeholderKey } from "../load/order-template.ts";
import type { LoadPlan, LoadSummary } from "../load/load-plan.ts";
import { runLoad } from "../load/start-load.ts";
import { percentile } from "../measure/percentile.ts";
import { readUsage } from "../measure/processes.ts";
import type { RunningSystem } from "../system.ts";
import { catchUp, settle } from "./catch-up.ts";
import { checkLedger } from "./check-ledger.ts";
import { addOrders, confirmedIn, OrderTally } from "./order-tally.ts";
import type { Round } from "./round.ts";
import { perOrder, readCounters } from "./run-counters.ts";
import type { Scenario } from "./scenario.ts";
import type { Subject } from "./subject.ts";
import { UsageWindow } from "./usage-window.ts";

export interface Timing {
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly seed: number;
}

/** @throws Error when the load cannot be run, or the ledger cannot be read. */
export async function measureScenario(subject: Subject, scenario: Scenario, timing: Timing): Promise<Round> {
  const { running, orders } = subject;
  const tally = new OrderTally(scenario.skus, (status, body) => running.isConfirmed(status, body));
  const start = await readCounters(subject);
  const window = new UsageWindow(running);
  const summary = await runLoad(loadPlan(running, scenario, timing), {
    onWindowStart: () => window.start(),
    onWindowEnd: () => window.end(),
    onAnswers: (batch) => tally.add(batch),
  });
  addOrders(orders, tally.orders);
  const lag = await catchUp(subject, window.endedAtMs);
  const usageCaughtUp = readUsage(running.processes());
  const settled = await settle(subject);
  const end = await readCounters(subject);
  return {
    ...figuresOf(tally, summary),
    ...window.figures(tally.latenciesMs.length, usageCaughtUp),
    ...perOrder({ start, end, confirmed: confirmedIn(tally.orders) }),
    loadCpuMs: summary.cpuMs / tally.latenciesMs.length,
    lagRows: lag?.rows ?? null,
    catchUpS: lag?.seconds ?? null,
    violations: [...checkLedger(settled.stock, orders), ...(lag?.violations ?? []), ...settled.violations],
  };
}

function loadPlan(running: RunningSystem, { loop, skus }: Scenario, { warmUpMs, measureMs, seed }: Timing): LoadPlan {
  const { hostname, port, host } = new URL(running.origin);
  const templates = Array.from({ length: skus }, (_, sku) => orderTemplate(running.orderRequest({ key: placeholderKey, sku }), host));
  return { address: { host: hostname, port: Number(port) }, templates, seed, warmUpMs, measureMs, loop };
}

function figuresOf({ latenciesMs, unconfirmed, example }: OrderTally, { windowMs, latenessP99Ms, unsent }: LoadSummary) {
  return {
    ordersPerS: (latenciesMs.length * 1_000) / windowMs,
    confirmed: latenciesMs.length,
    unconfirmed,
    unsent,
    example,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    p999Ms: percentile(latenciesMs, 0.999),
    latenessP99Ms,
  };
}
