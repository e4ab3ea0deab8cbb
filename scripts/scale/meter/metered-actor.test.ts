import { expect, test } from "vitest";
import { statementsOf, writingOf } from "./metered-actor.ts";

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

test("statementsOf: each statement by itself, a trigger whole, and one with bindings as it is", () => {
  const trigger = "CREATE TRIGGER added AFTER INSERT ON a BEGIN UPDATE b SET n = n + 1; DELETE FROM c; END";
  expect(statementsOf(`CREATE TABLE a (n);\n${trigger};\n${trigger};CREATE INDEX i ON a (n);`, [])).toEqual([
    "CREATE TABLE a (n)",
    trigger,
    trigger,
    "CREATE INDEX i ON a (n)",
  ]);
  expect(statementsOf("SELECT ';' WHERE 1 = ?", [1])).toEqual(["SELECT ';' WHERE 1 = ?"]);
});
