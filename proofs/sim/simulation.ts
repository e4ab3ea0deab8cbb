/** One run of the simulated shop: clients, faults for a while, then none, until everything has come to its end. */
import type { Random } from "../shared/random.ts";
import { checkEnd } from "./check.ts";
import { Client, type OrderPlan } from "./client.ts";
import { VirtualClock } from "./clock.ts";
import { deterministicIds } from "./deterministic-ids.ts";
import type { FaultPlan } from "./faults.ts";
import { SimulatedShop } from "./shop.ts";

export interface SimulationPlan {
  readonly units: Readonly<Record<string, number>>;
  readonly orders: readonly OrderPlan[];
  /** Over how many objects SKUs are spread, from when on; in the order of time. Default: none is. */
  readonly shards?: readonly { readonly atMs: number; readonly sku: string; readonly shards: number }[];
  /** New prices. Default: none. */
  readonly prices?: readonly { readonly atMs: number; readonly sku: string; readonly priceMinor: number }[];
  /** Orders of which the provider gives nothing back. */
  readonly refusesRefunds: readonly string[];
  /** The actors begin without tables. Default: no. */
  readonly fresh?: boolean;
  /** Requests that place orders come in every so many ms (`GatewayOptions.doorMs`). Default: at any time. */
  readonly doorMs?: number;
  /** How late the next turn of a busy process may come, virtual ms (`VirtualClock`). Default 0: it never is. */
  readonly busyMs?: number;
  /** How bad the weather may become at most, 0 to 1: faults put apart what comes at one moment. Default 1. */
  readonly weather?: number;
  /** Faults stop here; then everything must come to its end. Virtual ms. */
  readonly faultsLastMs: number;
}

/** A run that has come to its end, before it is taken down. */
export interface EndedRun {
  readonly clients: readonly Client[];
  readonly shop: SimulatedShop;
}

export interface SimulationOptions {
  readonly random: Random;
  readonly faults: FaultPlan;
  readonly onStart?: (shop: SimulatedShop) => void;
  /** Looks at what has become of everything. */
  readonly onEnd?: (ended: EndedRun) => Promise<void>;
}

export interface SimulationResult {
  /** Names of what has happened, faults and ends, with how often: the "sometimes" of the proof. */
  readonly met: ReadonlyMap<string, number>;
  readonly virtualMs: number;
  readonly commits: number;
}

/** Long enough for the longest hold, and for the slowest resending (10 min, twice). Virtual ms. */
const healingMs = 60 * 60_000;
const price: Readonly<Record<string, number>> = { A: 500, B: 300 };

/**
 * @param random Of the clock and of what chance decides in the run; the plan has been made before.
 * @throws Error naming what was not as it must be.
 */
export async function simulate(plan: SimulationPlan, { random, faults, onStart, onEnd }: SimulationOptions): Promise<SimulationResult> {
  const clock = new VirtualClock(() => random.next(), plan.busyMs);
  const uninstall = clock.install();
  deterministicIds();
  const shop = new SimulatedShop(clock, faults, plan);
  onStart?.(shop);
  try {
    for (const { sku } of plan.shards ?? []) shop.split.add(sku);
    for (const orderId of plan.refusesRefunds) shop.provider.refusesRefunds.add(orderId);
    const clients = plan.orders.map((order) => new Client(order, shop, clock));
    await play(plan, { clients, clock, faults, shop });
    const found = await whileTimePasses(clock, checkEnd(shop, clients));
    const met = new Map([...faults.met, ...shop.oracle.met, ...shop.events.met, ...shop.gateway.met, ...found]);
    await onEnd?.({ clients, shop });
    const commits = [shop.orders, ...shop.stocks].reduce((sum, { disk }) => sum + disk.commits, 0);
    return { met, virtualMs: clock.nowMs, commits };
  } finally {
    uninstall();
    shop.close();
  }
}

/** What is asked of a shop at rest may take time too. */
async function whileTimePasses<Value>(clock: VirtualClock, work: Promise<Value>): Promise<Value> {
  let over = false;
  const end = (): void => void (over = true);
  work.then(end, end);
  await clock.run(clock.nowMs + 60_000, () => over);
  return work;
}

interface Play {
  readonly clients: readonly Client[];
  readonly clock: VirtualClock;
  readonly faults: FaultPlan;
  readonly shop: SimulatedShop;
}

type Outcome = "done" | { readonly error: unknown };

async function play(plan: SimulationPlan, { clients, clock, faults, shop }: Play): Promise<void> {
  const outcomes: Outcome[] = [];
  open(plan, shop)
    .then(() => Promise.all([...clients.map((client) => client.run()), ...operate(plan, { clock, shop })]))
    .then(
      () => outcomes.push("done"),
      (error: unknown) => outcomes.push({ error }),
    );
  // A client that fails ends the run at once, not after its healing.
  const hasFailed = (): boolean => outcomes.some((outcome) => outcome !== "done");
  scheduleKills(plan, { clock, faults, shop });
  await clock.run(plan.faultsLastMs, hasFailed);
  faults.stop();
  await clock.run(plan.faultsLastMs + healingMs, () => hasFailed() || (outcomes.length > 0 && isQuiet(shop)));
  const outcome = outcomes[0] ?? { error: new Error("not everything came to its end") };
  if (outcome !== "done") throw outcome.error;
}

async function open(plan: SimulationPlan, shop: SimulatedShop): Promise<void> {
  await Promise.all(Object.entries(plan.units).map(([sku, units]) => shop.open(sku, units, price[sku] ?? 100)));
  for (const { sku, shards } of plan.shards?.filter(({ atMs }) => atMs === 0) ?? []) await shop.setShards(sku, shards);
}

/** What the shop's operator does while orders come in. */
function operate({ shards = [], prices = [] }: SimulationPlan, { clock, shop }: Pick<Play, "clock" | "shop">): readonly Promise<void>[] {
  const later = shards.filter(({ atMs }) => atMs > 0);
  const spread = async (): Promise<void> => {
    for (const { atMs, sku, shards: count } of later) {
      await clock.sleep(atMs - clock.nowMs);
      await shop.setShards(sku, count);
    }
  };
  const price = async (): Promise<void> => {
    for (const { atMs, sku, priceMinor } of prices) {
      await clock.sleep(atMs - clock.nowMs);
      await shop.put(sku, priceMinor);
    }
  };
  return [spread(), price()];
}

/** Beside the crashes around commits and calls, the whole process of the orders dies now and then. */
function scheduleKills(plan: SimulationPlan, { clock, faults, shop }: Omit<Play, "clients">): void {
  for (let atMs = 500; atMs < plan.faultsLastMs; atMs += 500) {
    if (faults.fault("crash of the process", 0.05)) clock.after(atMs, () => shop.orders.kill());
  }
}

/** No alarm is set any more: nothing waits for a consumer, no order for a try. */
const isQuiet = (shop: SimulatedShop): boolean => [shop.orders, ...shop.stocks].every(({ disk }) => disk.isQuiet());
