import { expect, test } from "vitest";
import { orderEvent } from "../../shared/testing/events.ts";
import { orderNotification } from "./order-notification.ts";

test.each([
  [2_000, "EUR", "EUR 20.00"],
  [5, "EUR", "EUR 0.05"],
  [0, "EUR", "EUR 0.00"],
  [1_999, "JPY", "JPY 1,999"],
  [1_234, "KWD", "KWD 1.234"],
  [Number.MAX_SAFE_INTEGER, "EUR", "EUR 90,071,992,547,409.91"],
])("orderNotification writes %i minor units of %s as %s", (total_minor, currency, text) => {
  expect(orderNotification(orderEvent({ order: { total_minor, currency } }))?.message).toContain(`The total is ${text}.`);
});

test("orderNotification is nothing for an event that is not an end", () => {
  expect(orderNotification(orderEvent({ type: "holdfast.order.placed.v1" }))).toBeNull();
  expect(orderNotification(orderEvent({ type: "holdfast.order.pending.v1" }))).toBeNull();
});
