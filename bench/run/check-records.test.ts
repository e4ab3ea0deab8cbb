import { describe, expect, it } from "vitest";
import type { DurableRecords, Stock } from "../system.ts";
import { checkRecords } from "./check-records.ts";

const selling = (sold: number): Stock => ({ received: 10, onHand: 10 - sold, reserved: 0, sold });
const stock = [selling(3), selling(0), selling(1)];
const records = (overrides: Partial<DurableRecords> = {}): DurableRecords => ({ confirmed: [3, 0, 1], notified: 4, ...overrides });

describe("checkRecords", () => {
  it("an order and a notification for each unit sold: nothing is wrong", () => {
    expect(checkRecords(records(), stock)).toEqual([]);
    expect(checkRecords(records({ unacknowledged: 0 }), stock)).toEqual([]);
  });

  it.each<[string, Partial<DurableRecords>, string]>([
    ["a sale without an order", { confirmed: [2, 0, 1], notified: 3 }, "SKU-0: 3 units are sold and the records have 2 confirmed orders"],
    ["an order without a sale", { confirmed: [3, 1, 1], notified: 5 }, "SKU-1: 0 units are sold and the records have 1 confirmed orders"],
    ["a SKU that the records do not know", { confirmed: [3, 0], notified: 3 }, "SKU-2: 1 units are sold"],
    ["a customer who was not told", { notified: 3 }, "4 confirmed orders and 3 notifications"],
    ["a customer who was told twice", { notified: 5 }, "4 confirmed orders and 5 notifications"],
    ["an event that nobody has acknowledged", { unacknowledged: 1 }, "1 events are not acknowledged"],
  ])("tells %s, and nothing else", (_name, overrides, wrong) => {
    expect(checkRecords(records(overrides), stock)).toEqual([expect.stringContaining(wrong)]);
  });
});
