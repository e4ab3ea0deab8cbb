/**
 * The order actor under seeded fault schedules. A failing seed prints itself: `SIM_SEED=<seed> npx vitest run --project sim`
 * replays it alone; `SIM_RUNS=<n>` runs more.
 */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WireOrder } from "../../shared/contracts/order.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import { Simulation } from "./simulation/simulate.ts";
import { seededRandom } from "./simulation/world.ts";

let ids = 0;
vi.mock("uuid", () => ({ v7: () => `00000000-0000-7000-8000-${(ids++).toString(16).padStart(12, "0")}` }));

/** Orders give up after 15 minutes, or so soon that it happens while everything is failing. */
const longGiveUpMs = 900_000;
let giveUpAfterMs = 0;
vi.mock("./limits.ts", async (importOriginal) => {
  const { limits } = await importOriginal<typeof import("./limits.ts")>();
  return { limits: Object.defineProperty({ ...limits }, "giveUpAfterMs", { get: () => giveUpAfterMs }) };
});

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  // What the actor says while it is being tortured is of no interest; what it does is.
  for (const level of ["info", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

// The Workers' types know no `process`; these tests run in Node.
const { SIM_SEED, SIM_RUNS } = (globalThis as unknown as { process: { env: Record<string, string | undefined> } }).process.env;
const seeds = SIM_SEED === undefined ? Array.from({ length: Number(SIM_RUNS ?? 1_000) }, (_, index) => index + 1) : [Number(SIM_SEED)];

it("whatever fails: every order ends, is paid once and sold or holds nothing and took nothing, and everybody is told", async () => {
  const met = new Map<string, number>();
  for (const seed of seeds) {
    try {
      for (const [fault, times] of await simulate(seed)) met.set(fault, (met.get(fault) ?? 0) + times);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  if (seeds.length >= 1_000) expect([...met.keys()].sort()).toEqual(everyFault);
}, 600_000);

/** "Sometimes": in all runs together every fault has happened to every step. */
const steps = ["charge", "commit", "look-up", "release", "reserve", "send"];
const everyFault = [
  ...["acknowledgement lost", "crash after commit", "crash before commit", "crash of the process", "message lost"],
  ...["reply lost", "request lost", "slow", "twice"].flatMap((fault) =>
    steps.map((step) => (fault === "slow" ? `slow ${step}` : `${fault}: ${step}`)),
  ),
].sort();

async function simulate(seed: number): Promise<ReadonlyMap<string, number>> {
  const random = seededRandom(seed);
  ids = 0;
  vi.setSystemTime(0);
  vi.spyOn(Math, "random").mockImplementation(random);
  giveUpAfterMs = random() < 0.5 ? longGiveUpMs : random() * 60_000;
  const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const simulation = new Simulation({ random, advance, faultRate: random(), orders: 1 + Math.floor(random() * 5) });
  try {
    await simulation.run();
    await check(simulation);
  } finally {
    simulation.close();
    vi.clearAllTimers();
  }
  return simulation.met;
}

async function check(simulation: Simulation): Promise<void> {
  const { orders, outbox } = await simulation.actor();
  const sold = { A: 0, B: 0 };
  for (const { name, items, answers } of simulation.orders) {
    const state = orders.load(orderIdFor(name))?.state;
    const taken = simulation.provider.taken(orderIdFor(name));
    if (state?.status === "confirmed") {
      for (const { sku, quantity } of items) sold[sku as "A" | "B"] += quantity;
      expect(taken).toBe(state.totalMinor);
    } else {
      expect([state?.status, taken]).toEqual(["failed", null]);
      // The reason survives crashes too: giving up is said only of an order that had the time to.
      const gaveUp = state?.failure?.code === "inventory_unavailable" || state?.failure?.code === "payment_unavailable";
      if (giveUpAfterMs === longGiveUpMs) expect(gaveUp).toBe(false);
    }
    // The client's answer is the order's end, and never changes.
    expect(answers.map((answer) => answer.order.status)).toEqual([state?.status, state?.status]);
    expect(answers[1]?.order).toEqual(answers[0]?.order);
    for (const consumed of Object.values(simulation.consumed)) {
      const ends = [...consumed.values()].filter((event) => isEndOf(event, orderIdFor(name)));
      expect(ends).toHaveLength(1);
    }
  }
  for (const { product, levels } of Object.values(simulation.stock)) {
    expect({ sku: product.sku, reserved: levels.reserved, sold: levels.sold }).toEqual({
      sku: product.sku,
      reserved: 0,
      sold: sold[product.sku as "A" | "B"],
    });
  }
  expect(outbox.backlog().rows).toBe(0);
}

/** Whether an event tells of the order's end. Consumers see an id once, however often it was sent. */
function isEndOf(event: unknown, orderId: string): boolean {
  const { type, data } = event as { type: string; data: { order: WireOrder } };
  return data.order.id === orderId && (type === "holdfast.order.confirmed.v1" || type === "holdfast.order.failed.v1");
}
