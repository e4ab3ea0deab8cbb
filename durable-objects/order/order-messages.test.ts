import { describe, expect, it } from "vitest";
import type { WireTimelineEntry } from "../../shared/contracts/order.ts";
import { states } from "../../shared/domain/order/fixtures.ts";
import { eventTypeOf } from "./order-messages.ts";

const entry = (effects: number): WireTimelineEntry => ({
  seq: 1,
  step: "fulfil",
  attempt: 1,
  at: "2026-01-01T00:00:00.000Z",
  duration_ms: 0,
  outcome: "ok",
  status: "confirmed",
  cause: "test",
  detail: null,
  stock: Array.from({ length: effects }, (_, index) => ({ sku: `SKU-${index}`, quantity: 1, effect: "shipped" })),
  money: null,
});

describe("eventTypeOf: an order that owes something still", () => {
  const state = states["confirmed, refunding"];
  const told = (unpublished: readonly WireTimelineEntry[]) =>
    eventTypeOf({ published: "confirmed", before: state, after: state, unpublished });

  it("is quiet about a few entries", () => {
    expect(told([entry(1), entry(1)])).toBeNull();
  });
  it("tells of the tenth entry, or of a hundred lines, whichever comes first: a message stays below what a queue takes", () => {
    expect(told(Array.from({ length: 10 }, () => entry(0)))).toBe("holdfast.order.updated.v1");
    expect(told([entry(99)])).toBeNull();
    expect(told([entry(50), entry(50)])).toBe("holdfast.order.updated.v1");
  });
  it("tells at once that it owes something again, and what became of a refund", () => {
    const unpublished = [entry(0)];
    expect(eventTypeOf({ published: "confirmed", before: states.confirmed, after: state, unpublished })).toBe("holdfast.order.updated.v1");
    const after = states["confirmed, refunded in part"];
    expect(eventTypeOf({ published: "confirmed", before: state, after, unpublished })).toBe("holdfast.order.updated.v1");
  });
});
