import { describe, expect, test } from "vitest";
import { billFor, listDollars, monthDollars, quantitiesOf, type Quantities } from "./bill.ts";
import { dayAt } from "./day.ts";
import { priceNames, prices, type PriceName } from "./prices.ts";
import { smallCounts } from "./testing/small-counts.ts";

const only = (wanted: Partial<Record<PriceName, number>>): Quantities =>
  Object.fromEntries(priceNames.map((name) => [name, wanted[name] ?? 0])) as Quantities;

describe("listDollars and monthDollars", () => {
  test("Cloudflare's own example: 15 million requests are $1.50 beyond the included ten", () => {
    expect(monthDollars(prices.workerRequests, 15_000_000 / 30)).toBeCloseTo(1.5, 9);
  });

  test("Cloudflare's own example: a million messages a day are $35.60 a month", () => {
    expect(monthDollars(prices.queueOperations, 3_000_000)).toBeCloseTo(35.6, 9);
  });

  test("what is included is never paid back", () => {
    expect(monthDollars(prices.rowsWritten, 1)).toBe(0);
  });

  test("at list price nothing is included", () => {
    expect(listDollars(prices.rowsWritten, 2_500_000)).toBe(2.5);
    expect(listDollars(prices.redisCommands, 50_000)).toBeCloseTo(0.1, 9);
  });
});

describe("billFor", () => {
  test("a million orders of 13 rows each are $13, whatever the rate", () => {
    expect(billFor(only({ rowsWritten: 13 * 5_000 }), 5_000).perMillionTotal).toBeCloseTo(13, 9);
    expect(billFor(only({ rowsWritten: 13 * 5_000_000 }), 5_000_000).perMillionTotal).toBeCloseTo(13, 9);
  });

  test("what is not billed stands beside the sum", () => {
    const bill = billFor(only({ dataPoints: 4_000_000, logIngestion: 100 }), 1_000_000);
    expect(bill.perMillion.dataPoints).toBeCloseTo(1, 9);
    expect(bill.perMillionTotal).toBe(0);
    expect(bill.month).toBe(5);
  });

  test("a month is thirty days less what is included, and the subscription", () => {
    // 30 x 3 million rows, 50 million included.
    expect(billFor(only({ rowsWritten: 3_000_000 }), 1).month).toBeCloseTo(5 + 40, 9);
  });
});

describe("quantitiesOf", () => {
  const quantities = quantitiesOf(dayAt(10, smallCounts));

  test("sums what is paid alike", () => {
    expect(quantities.workerRequests).toBe(864_000 + 172_800 + 1_440);
    expect(quantities.rowsWritten).toBe(8_640_000 + 2_592_000 + 52 * 86_400);
    expect(quantities.workerCpu).toBe(8_640_000);
  });

  test("storage is kept for a month; a database that is on has at least a quarter of a unit", () => {
    expect(quantities.objectStorage).toBeCloseTo(34.6464, 6);
    expect(quantities.postgresCompute).toBe(6);
    expect(quantitiesOf(dayAt(1_000, smallCounts)).postgresCompute).toBe(48);
  });
});
