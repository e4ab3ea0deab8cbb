import { describe, expect, test } from "vitest";
import { mergeAudits, type WireAudit } from "../../shared/contracts/audit.ts";
import { auditPage, type AuditLimits } from "./audit.ts";
import type { AuditReader } from "./audit-reader.ts";
import { createAuditWorld, type AuditWorld } from "./testing/audit-world.ts";

/** What a reading takes, ms. */
const idMs = 2;
const stockPageMs = 1;
const lookUpMs = 10;
/** What the last reading may take over the time; the gateway keeps more back for it, ms. */
const marginMs = 450;
const orderCount = 300;
const boundless = 1_000_000;

/** A shop whose readings take time, and in which every order disagrees in that way. */
function spoiltWorld(spoil: (world: AuditWorld) => void): AuditWorld {
  const world = createAuditWorld();
  for (let number = 1; number <= orderCount; number += 1) {
    world.nowMs += 7;
    world.place(number, "sold");
  }
  world.finish();
  world.nowMs += 60_000;
  spoil(world);
  return world;
}

function slowReader({ reader }: AuditWorld, pass: (ms: number) => void): AuditReader {
  return {
    ...reader,
    orders: (ids) => (pass(ids.length * idMs), reader.orders(ids)),
    records: (ids) => (pass(ids.length * idMs), reader.records(ids)),
    stock: (query) => (pass(stockPageMs), reader.stock(query)),
    lookUp: (order) => (pass(lookUpMs), reader.lookUp(order)),
  };
}

async function auditAll(world: AuditWorld, limits: AuditLimits, budgetMs: number) {
  const pass = (ms: number): void => {
    world.nowMs += ms;
  };
  const sleep = (ms: number): Promise<void> => {
    pass(ms);
    return Promise.resolve();
  };
  const dependencies = { reader: slowReader(world, pass), limits, now: () => world.nowMs, sleep };
  const [durations, stuck]: [number[], string[]] = [[], []];
  let whole: WireAudit | undefined;
  for (let cursor: string | null = null; durations.length === 0 || cursor !== null;) {
    const beganMs = world.nowMs;
    const page = await auditPage(dependencies, { cursor, budgetMs });
    if (!page.ok || durations.length > 200) throw new Error("the audit does not end");
    durations.push(world.nowMs - beganMs);
    whole = whole === undefined ? page.audit : mergeAudits(whole, page.audit);
    stuck.push(...page.stuck.map(({ id }) => id));
    cursor = page.audit.next_cursor;
    // What the gateway takes for a cursor.
    expect((cursor ?? "").length).toBeLessThanOrEqual(512);
  }
  const lines = (whole?.disagreements ?? []).map((disagreement) => JSON.stringify(disagreement)).sort();
  return { durations, found: { lines, stuck: [...new Set(stuck)].sort(), checked: whole?.checked, inFlight: whole?.in_flight } };
}

const spoilt: readonly (readonly [string, (world: AuditWorld) => void])[] = [
  [
    "every record",
    ({ records }) => {
      for (const [id, row] of records) records.set(id, { ...row, totalMinor: 1 });
    },
  ],
  [
    "every hold",
    ({ holds }) => {
      for (const ofSku of holds.values()) for (const [key, hold] of ofSku) ofSku.set(key, { ...hold, state: "held" });
    },
  ],
  ["every capture's absence", ({ captures }) => void captures.splice(0)],
  [
    "every capture's amount",
    ({ captures }) => {
      for (const [index, capture] of captures.entries()) captures[index] = { ...capture, capturedMinor: 1 };
    },
  ],
  [
    "every capture's order, many of them in the same second",
    ({ captures }) => {
      for (const [index, capture] of captures.entries()) {
        captures[index] = { ...capture, reference: `pi_${index}`, createdAtMs: Math.floor(capture.createdAtMs / 1_000) * 1_000 };
      }
    },
  ],
];

describe.each(spoilt)("auditPage, when it finds fault with %s,", (_what, spoil) => {
  test.each([
    [{ orders: 1_000, skus: 100 }, 2_000],
    [{ orders: 1_000, skus: 1 }, 2_000],
    [{ orders: 90, skus: 2 }, 1_200],
    [{ orders: 1_000, skus: 2 }, 0],
  ] as const)(
    "in pages of %j and %i ms says as much as fits, and in the end all of it, and counts everything once",
    async (limits, budgetMs) => {
      const { found } = await auditAll(spoiltWorld(spoil), { orders: 1_000, skus: 100 }, boundless);
      expect(found.lines.length).toBeGreaterThanOrEqual(orderCount);
      const bounded = await auditAll(spoiltWorld(spoil), limits, budgetMs);
      expect(bounded.found).toEqual(found);
      expect(bounded.durations.length).toBeGreaterThan(1);
      // Without any time there is still a first look, and a second one at a few.
      if (budgetMs > 0) expect(Math.max(...bounded.durations)).toBeLessThanOrEqual(budgetMs + marginMs);
    },
  );
});
