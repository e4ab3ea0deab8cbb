import { describe, expect, test } from "vitest";
import { auditMinute, batchesPerSecond, dayAt, flushesPerSecond } from "./day.ts";
import { smallCounts } from "./testing/small-counts.ts";

// The counted order: 2 messages of order-events and 1 of notifications, 4 flushes, 10 + 3 rows. A day has 86,400 s and 1,440 min.

describe("batchesPerSecond", () => {
  test("orders that are further apart than a batch may wait have one batch of each queue", () => {
    expect(batchesPerSecond(0.25, smallCounts)).toBe(0.5);
  });

  test("a batch goes when it is a second old, or full; a queue without messages has none", () => {
    // 20 and 10 messages/s: one batch each a second.
    expect(batchesPerSecond(10, smallCounts)).toBe(2);
    // 2,000 and 1,000 messages/s: 20 and 10 full ones.
    expect(batchesPerSecond(1_000, smallCounts)).toBe(30);
  });
});

describe("dayAt", () => {
  const day = dayAt(10, smallCounts);

  test("multiplies what one order costs", () => {
    expect(day.orders).toBe(864_000);
    expect(day.objects).toBe(864_000);
    expect(day.rowsWritten).toMatchObject({ orders: 8_640_000, stock: 2_592_000 });
    expect(day.rowsRead.orders).toBe(6_048_000);
    expect(day.objectRequests.orders).toBe(3_456_000);
    expect(day.queueMessages).toBe(2_592_000);
    expect(day.queueOperations).toBe(7_776_000);
    expect(day.postgres.rows).toBe(6_912_000);
    // 864,000 x (40,000 + 100) bytes.
    expect(day.storedInObjects).toBeCloseTo(34.6464, 6);
    expect(day.storedInPostgres).toBeCloseTo(1.728, 6);
  });

  test("takes what is paid by the batch by the batch: 2 batches/s, a round trip each, 3 statements on average", () => {
    expect(day.workerRequests).toEqual({ gateway: 864_000, batches: 172_800, cron: 1_440 });
    expect(day.postgres.roundTrips).toBe(172_800);
    expect(day.postgres.statements).toBe(518_400);
  });

  test("an object is billed for what keeps it busy: 600 ms for the order, 2 calls of 10 ms, 1 s of waiting", () => {
    expect(day.gigabyteSeconds.orders).toBeCloseTo(864_000 * 1.62 * 0.128, 3);
    expect(day.gigabyteSeconds.stock).toBeCloseTo(864_000 * 0.01 * 0.128, 3);
    expect(day.gigabyteSeconds.metrics).toBeCloseTo(86_400 * 0.128, 3);
  });

  test("every line and every invocation is an event of the log: 3 + 6 of an order, batches, flushes", () => {
    expect(day.log.lines).toBe(2_592_000);
    expect(day.log.events).toBe(864_000 * 9 + 172_800 + 40 * 86_400);
    expect(day.log.gigabytes).toBeCloseTo((864_000 * 1_000 + day.log.events * 1_000) / 1e9, 9);
  });
});

describe("metrics", () => {
  test("cost most when no order shares an isolate, and least when each Worker is one", () => {
    expect(flushesPerSecond(10, smallCounts, "alone")).toBe(40);
    expect(flushesPerSecond(10, smallCounts, "shared")).toBe(4);
    expect(flushesPerSecond(0.5, smallCounts, "shared")).toBe(2);
    expect(dayAt(10, smallCounts, "alone").dataPoints).toBe(120 * 86_400);
    expect(dayAt(10, smallCounts, "shared").dataPoints).toBe(12 * 86_400);
  });

  test("are stored once a second: each series once, and each isolate that has flushed, never more than the orders wrote", () => {
    expect(dayAt(10, smallCounts, "alone").rowsWritten.metrics).toBe((12 + 40) * 86_400);
    expect(dayAt(0.5, smallCounts, "alone").rowsWritten.metrics).toBe(7 * 86_400);
  });
});

describe("auditMinute", () => {
  test("of few orders everything is looked at", () => {
    // In 30 days 2,592 orders: the 300 newest and 1.8 of the rest; 300 + 100 looks at SKUs that have had 25.92 holds each, and at their sums.
    const { requests, rowsRead } = auditMinute(0.001, smallCounts);
    expect(requests).toBeCloseTo(301.8 + 400, 9);
    expect(rowsRead).toBeCloseTo(301.8 * 3 + 400 * (2 + 25.92), 6);
  });

  test("of many orders 1,300 are looked at, and a look reads a hundred holds", () => {
    const { requests, rowsRead } = auditMinute(10_000, smallCounts);
    expect(requests).toBe(1_700);
    expect(rowsRead).toBe(1_300 * 3 + 400 * (2 + 100));
  });
});
