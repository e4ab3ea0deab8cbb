import { expect, test } from "vitest";
import { writingOf } from "./metered-actor.ts";

test("writingOf: what a statement does, and to which table", () => {
  expect(
    [
      "INSERT INTO outbox (id) VALUES (?)",
      "INSERT OR REPLACE INTO product (only) VALUES (1)",
      "UPDATE levels SET on_hand = ?",
      "DELETE FROM outbox WHERE id = ?",
      "CREATE TABLE orders (order_id TEXT)",
      "CREATE INDEX orders_by_next ON orders (next_at_ms)",
    ].map(writingOf),
  ).toEqual([
    "INSERT outbox",
    "INSERT product",
    "UPDATE levels",
    "DELETE outbox",
    "CREATE tables and indexes",
    "CREATE tables and indexes",
  ]);
});
