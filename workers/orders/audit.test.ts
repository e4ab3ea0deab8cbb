import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeAudits, type WireAudit } from "../../shared/contracts/audit.ts";
import { encodeCursor } from "../../shared/db/cursor.ts";
import { auditPage, type AuditLimits } from "./audit.ts";
import { createAuditWorld, worldOrderId, worldStartMs, type AuditWorld, type Life } from "./testing/audit-world.ts";

const lives: readonly Life[] = ["sold", "declined", "cancelled", "cancelled_after_sale", "shipped", "refunded"];
const roomy: AuditLimits = { orders: 1_000, skus: 100 };

/** An audit from beginning to end, over all its pages. */
async function auditAll(world: AuditWorld, limits: AuditLimits = roomy, budgetMs = 10_000) {
  let pages = 0;
  let whole: WireAudit | undefined;
  const stuck: string[] = [];
  const dependencies = { reader: world.reader, limits, now: () => world.nowMs, sleep: sleepIn(world) };
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page = await auditPage(dependencies, { cursor, budgetMs });
    if (!page.ok) throw new Error("the cursor was refused");
    whole = whole === undefined ? page.audit : mergeAudits(whole, page.audit);
    stuck.push(...page.stuck.map(({ id }) => id));
    cursor = page.audit.next_cursor;
    pages += 1;
    if (pages > 1_000) throw new Error("the audit does not end");
  }
  if (whole === undefined) throw new Error("no page");
  return { ...whole, pages, stuck };
}

const sleepIn = (world: AuditWorld) => (ms: number) => {
  world.nowMs += ms;
  return Promise.resolve();
};

/** A shop in which each life was lived a few times, to its end. */
function settledWorld(options?: Parameters<typeof createAuditWorld>[0]): AuditWorld {
  const world = createAuditWorld(options);
  for (let number = 1; number <= 24; number += 1) {
    world.nowMs += 7_000;
    world.place(number, lives[number % lives.length] ?? "sold");
  }
  world.finish();
  world.nowMs += 60_000;
  return world;
}

describe("auditPage", () => {
  test("finds that everything agrees, in one page, and says what it looked at", async () => {
    const { pages, ...audit } = await auditAll(settledWorld());
    expect(pages).toBe(1);
    expect(audit).toEqual({
      ok: true,
      checked: { skus: 3, orders: 24, holds: 48, captures: 16, notifications: 16, records: 24 },
      in_flight: 0,
      disagreements: [],
      first: null,
      next_cursor: null,
      stuck: [],
    });
  });

  test.each([
    { orders: 5, skus: 100 },
    { orders: 100, skus: 1 },
    { orders: 3, skus: 2 },
  ])("in pages of $orders orders and $skus SKUs it says the same", async (limits) => {
    const whole = await auditAll(settledWorld());
    const { pages, ...paged } = await auditAll(settledWorld(), limits, 0);
    expect(pages).toBeGreaterThan(1);
    expect({ ...paged, pages: 1 }).toEqual(whole);
  });

  test("with a provider that keeps no ledger it compares all the rest", async () => {
    const world = settledWorld({ ledger: false });
    world.captures.length = 0;
    expect(await auditAll(world)).toMatchObject({ ok: true, checked: { orders: 24, captures: 0 } });
  });

  test("refuses a cursor that it has not made", async () => {
    const { reader } = settledWorld();
    const dependencies = { reader, limits: roomy, now: () => 0, sleep: () => Promise.resolve() };
    const odd = [
      ["payments", "0000-01-01T00:00:00.000Z", ""],
      ["orders", "\u0000", "", ""],
    ];
    for (const cursor of ["x", btoa('["orders"]'), ...odd.map(encodeCursor)]) {
      expect(await auditPage(dependencies, { cursor, budgetMs: 1 })).toEqual({ ok: false, code: "invalid_cursor" });
    }
  });

  test("rejects when something cannot be read", async () => {
    const world = settledWorld();
    world.beforeRead = () => {
      if (world.reads.count === 4) throw new Error("gone");
    };
    await expect(auditAll(world)).rejects.toThrow("gone");
  });
});

interface Planted {
  readonly what: string;
  readonly plant: (world: AuditWorld) => void;
  readonly finds: readonly (readonly [rule: string, subject: string])[];
  readonly stuck?: readonly string[];
}

/** Order 6 was sold, 7 declined, 3 cancelled, 9 refunded and so on: `lives[number % 6]`. */
const [sold, declined] = [worldOrderId(6), worldOrderId(7)];
const lost = worldOrderId(99);

const planted: readonly Planted[] = [
  {
    what: "a row in Postgres that says something else",
    plant: ({ records }) => {
      const row = records.get(sold);
      if (row !== undefined) records.set(sold, { ...row, status: "failed" });
    },
    finds: [["record_equals_order", sold]],
  },
  {
    what: "an order that Postgres has lost, by its holds",
    plant: ({ records }) => records.delete(sold),
    finds: [["record_equals_order", sold]],
  },
  {
    what: "holds of an order that nobody knows",
    plant: ({ holds, received }) => {
      const hold = {
        reservationId: `${lost}:1`,
        owner: "order",
        shard: 0,
        quantity: 3,
        returned: 0,
        state: "held",
        updatedAtMs: worldStartMs,
        expiresAtMs: null,
      } as const;
      holds.get("B")?.set(`order/${lost}:1`, hold);
      received.set("B", 1_000);
    },
    finds: [["live_hold_has_open_order", lost]],
    stuck: [`dead_hold~B~${lost}:1`],
  },
  {
    what: "an operator's hold, which is nobody's concern",
    plant: ({ holds }) => {
      const hold = {
        reservationId: "by-hand",
        owner: "operator",
        shard: 0,
        quantity: 3,
        returned: 0,
        state: "held",
        updatedAtMs: worldStartMs,
        expiresAtMs: null,
      } as const;
      holds.get("B")?.set("operator/by-hand", hold);
    },
    finds: [],
  },
  {
    what: "money of an order that nobody knows",
    plant: ({ captures }) =>
      captures.push({
        orderId: lost,
        chargeId: null,
        reference: "pi_lost",
        capturedMinor: 5,
        refundedMinor: 0,
        currency: "EUR",
        createdAtMs: worldStartMs + 40_000,
      }),
    finds: [["capture_has_one_order", lost]],
    stuck: [`charged_without_order~${lost}~pi_lost~${worldStartMs + 40_000}`],
  },
  {
    what: "money that is not of this shop, which is nobody's concern",
    plant: ({ captures }) =>
      captures.push({
        orderId: null,
        chargeId: null,
        reference: "pi_other",
        capturedMinor: 5,
        refundedMinor: 0,
        currency: "EUR",
        createdAtMs: worldStartMs,
      }),
    finds: [],
  },
  {
    what: "a second charge of one order, hours later",
    plant: ({ captures }) =>
      captures.push({
        orderId: sold,
        chargeId: `${sold}:charge:2`,
        reference: "pi_again",
        capturedMinor: 400,
        refundedMinor: 0,
        currency: "EUR",
        createdAtMs: worldStartMs + 9_000_000,
      }),
    finds: [["capture_has_one_order", sold]],
    stuck: [`charged_without_order~${sold}~pi_again~${worldStartMs + 9_000_000}`],
  },
  {
    what: "a failed order that was charged",
    plant: ({ captures }) =>
      captures.push({
        orderId: declined,
        chargeId: `${declined}:charge:1`,
        reference: "pi_declined",
        capturedMinor: 400,
        refundedMinor: 0,
        currency: "EUR",
        createdAtMs: worldStartMs + 50_000,
      }),
    finds: [["capture_has_one_order", declined]],
    stuck: [`charged_without_order~${declined}~pi_declined~${worldStartMs + 50_000}`],
  },
  {
    what: "a capture that the provider does not have",
    plant: ({ captures }) =>
      captures.splice(
        captures.findIndex(({ orderId }) => orderId === sold),
        1,
      ),
    finds: [["paid_order_has_one_capture", sold]],
  },
  {
    what: "a capture made long after its order, which is well",
    plant: ({ captures }) => {
      const index = captures.findIndex(({ orderId }) => orderId === sold);
      const made = captures[index];
      if (made !== undefined) captures[index] = { ...made, createdAtMs: made.createdAtMs + 3_000_000 };
    },
    finds: [],
  },
  {
    what: "units that were never delivered",
    plant: ({ reader }) => {
      const { stock } = reader;
      reader.stock = async (query) => {
        const page = await stock(query);
        return page === null || query.sku !== "C" ? page : { ...page, totals: { ...page.totals, received: 999 } };
      };
    },
    finds: [["received_is_deliveries", "C"]],
  },
  {
    what: "an order that nobody takes up",
    plant: ({ orders }) => {
      const order = orders.get(sold);
      if (order !== undefined) orders.set(sold, { ...order, settled: false, nextAtMs: worldStartMs - 500_000 });
    },
    finds: [["order_is_not_overdue", sold]],
    stuck: [`overdue_alarm~${sold}`],
  },
];

describe.each([roomy, { orders: 4, skus: 2 }])("in pages of $orders orders and $skus SKUs, the audit names", (limits) => {
  test.each(planted.map((plant) => [plant.what, plant] as const))("%s", async (_what, { plant, finds, stuck = [] }) => {
    const world = settledWorld();
    plant(world);
    const audit = await auditAll(world, limits, limits === roomy ? 10_000 : 0);
    expect(audit.disagreements.map(({ rule, subject }) => [rule, subject])).toEqual(finds);
    expect([audit.ok, audit.first === null]).toEqual([finds.length === 0, finds.length === 0]);
    expect(audit.stuck).toEqual(stuck);
  });
});

describe("a shop that is alive while it is audited", () => {
  const aSchedule = fc.record({
    lives: fc.array(fc.constantFrom(...lives), { minLength: 1, maxLength: 20 }),
    headStart: fc.nat({ max: 200 }),
    /** How many steps the shop takes before each reading, and with which of its orders. */
    steps: fc.infiniteStream(fc.nat({ max: 6 })),
    picks: fc.infiniteStream(fc.nat({ max: 1_000 })),
    limits: fc.constantFrom<AuditLimits>(roomy, { orders: 3, skus: 2 }, { orders: 7, skus: 1 }),
  });

  /** Places and moves orders before every reading, as the schedule says. */
  function letLive(
    world: AuditWorld,
    schedule: { lives: readonly Life[]; headStart: number; steps: Iterator<number>; picks: Iterator<number> },
  ): void {
    const placed: string[] = [];
    const next = (stream: Iterator<number>): number => Number(stream.next().value);
    const step = (): void => {
      world.nowMs += 20;
      const pick = next(schedule.picks) % schedule.lives.length;
      const orderId = placed[pick];
      const life = schedule.lives[placed.length];
      if (orderId !== undefined) world.advance(orderId);
      else if (life !== undefined) placed.push(world.place(placed.length + 1, life));
    };
    for (let count = 0; count < schedule.headStart; count += 1) step();
    world.beforeRead = () => {
      for (let count = next(schedule.steps); count > 0; count -= 1) step();
    };
  }

  test("is never accused of what it is about to do, whatever moves between any two readings", async () => {
    await fc.assert(
      fc.asyncProperty(aSchedule, async ({ limits, ...schedule }) => {
        const world = createAuditWorld();
        letLive(world, schedule);
        const audit = await auditAll(world, limits);
        expect(audit.disagreements).toEqual([]);
        expect(audit.stuck).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("and what is really wrong is named all the same", async () => {
    await fc.assert(
      fc.asyncProperty(aSchedule, async ({ limits, ...schedule }) => {
        const world = createAuditWorld();
        const wronged = world.place(1_000, "sold");
        world.finish();
        const row = world.records.get(wronged);
        if (row !== undefined) world.records.set(wronged, { ...row, totalMinor: 1 });
        letLive(world, schedule);
        const audit = await auditAll(world, limits);
        expect(audit.disagreements).toMatchObject([{ rule: "record_equals_order", subject: wronged, found: "total: 1" }]);
      }),
      { numRuns: 200 },
    );
  });
});
