/**
 * The stock actor's tables. The last upgrade ends with the newest ones, so it is written with their constants. Whoever changes one of
 * those next writes its present text into that upgrade first, word for word: what an upgrade does never changes once shipped.
 */
import { outboxTable } from "../kernel/outbox.ts";
import type { ActorTables } from "../kernel/schema.ts";

/** The holds that end at their deadline by themselves: operators' alone. The condition of `holds_by_deadline`, or that index is no use. */
export const endsByItself = "state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/'";

/** What the holds of a ledger add up to, beside its levels. Written by `holdSums` alone, so that the audit can hold the levels against it. */
const sumColumns = ["held_sum", "sold_sum"].map((name) => `${name} INTEGER NOT NULL DEFAULT 0`);

/**
 * Names and levels change together or apart, but are always read together. A shard's ledger is one of these under its own key, and
 * knows `surrendered` and `raised`; its root's knows `lent` (what is away, net) and over how many objects the SKU is split.
 */
const ledgersTable = `CREATE TABLE ledgers (
  sku TEXT PRIMARY KEY, name TEXT NOT NULL, price_minor INTEGER NOT NULL, currency TEXT NOT NULL, version INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL, on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
  reserved INTEGER NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand), sold INTEGER NOT NULL CHECK (sold >= 0),
  received INTEGER NOT NULL CHECK (received = on_hand + sold),
  shards INTEGER NOT NULL DEFAULT 1 CHECK (shards BETWEEN 1 AND 64), lent INTEGER NOT NULL DEFAULT 0 CHECK (lent >= 0),
  surrendered INTEGER NOT NULL DEFAULT 0 CHECK (surrendered >= 0), raised INTEGER NOT NULL DEFAULT 0 CHECK (raised >= 0),
  upkeep_at_ms INTEGER, ${sumColumns.join(", ")}
) WITHOUT ROWID, STRICT;
CREATE INDEX ledgers_by_upkeep ON ledgers (upkeep_at_ms) WHERE upkeep_at_ms IS NOT NULL;
CREATE TABLE shard_accounts (
  sku TEXT NOT NULL, shard INTEGER NOT NULL CHECK (shard BETWEEN 1 AND 63), lent INTEGER NOT NULL,
  regained INTEGER NOT NULL CHECK (regained BETWEEN 0 AND lent), product_version INTEGER NOT NULL, PRIMARY KEY (sku, shard)
) WITHOUT ROWID, STRICT;`;

/** In the order of their coming, as orders are kept (`../order/schema.ts`). */
const holdsTable = `CREATE TABLE holds (
  sku TEXT NOT NULL, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'released', 'committed')),
  returned INTEGER NOT NULL CHECK (returned BETWEEN 0 AND quantity), expires_at_ms INTEGER, name TEXT NOT NULL,
  unit_price_minor INTEGER NOT NULL, currency TEXT NOT NULL, updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX holds_by_name ON holds (sku, reservation_id);
CREATE INDEX holds_by_deadline ON holds (expires_at_ms)
  WHERE ${endsByItself};`;

const heldBy = (row: string): string => `iif(${row}.state = 'held', ${row}.quantity, 0)`;
const soldBy = (row: string): string => `iif(${row}.state = 'committed', ${row}.quantity - ${row}.returned, 0)`;

/** Whoever changes a hold, and however: SQLite keeps its ledger's sums, in the same transaction. */
const holdSums = `CREATE TRIGGER holds_added AFTER INSERT ON holds BEGIN
  UPDATE ledgers SET held_sum = held_sum + ${heldBy("new")}, sold_sum = sold_sum + ${soldBy("new")} WHERE sku = new.sku;
END;
CREATE TRIGGER holds_changed AFTER UPDATE OF quantity, state, returned ON holds BEGIN
  UPDATE ledgers SET held_sum = held_sum - ${heldBy("old")} + ${heldBy("new")}, sold_sum = sold_sum - ${soldBy("old")} + ${soldBy("new")}
    WHERE sku = new.sku;
END;
CREATE TRIGGER holds_taken_away AFTER DELETE ON holds BEGIN
  UPDATE ledgers SET held_sum = held_sum - ${heldBy("old")}, sold_sum = sold_sum - ${soldBy("old")} WHERE sku = old.sku;
END;`;

const operationTables = `CREATE TABLE receipts (
  sku TEXT NOT NULL, operation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (sku, operation_id)
) WITHOUT ROWID, STRICT;
CREATE TABLE restocks (
  sku TEXT NOT NULL, operation_id TEXT NOT NULL, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (sku, operation_id)
) WITHOUT ROWID, STRICT;`;

export const stockSchema: ActorTables = {
  newest: `${ledgersTable}\n${holdsTable}\n${holdSums}\n${operationTables}\n${outboxTable}`,
  upgrades: [
    `ALTER TABLE holds ADD COLUMN returned INTEGER NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity);
     ALTER TABLE holds ADD COLUMN expires_at_ms INTEGER;
     CREATE INDEX holds_by_deadline ON holds (expires_at_ms)
       WHERE state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/';
     CREATE TABLE restocks (
       operation_id TEXT PRIMARY KEY, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL
     ) WITHOUT ROWID, STRICT;`,
    // One object may keep many SKUs from here on, and an SKU may be split over many. What was released before its product was ever put
    // is left behind: nothing can be held there, and its order is long over.
    `DROP INDEX outbox_by_creation;
     DROP INDEX holds_by_deadline;
     ALTER TABLE holds RENAME TO holds_of_one;
     ALTER TABLE receipts RENAME TO receipts_of_one;
     ALTER TABLE restocks RENAME TO restocks_of_one;
     CREATE TABLE ledgers (
       sku TEXT PRIMARY KEY, name TEXT NOT NULL, price_minor INTEGER NOT NULL, currency TEXT NOT NULL, version INTEGER NOT NULL,
       updated_at_ms INTEGER NOT NULL, on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
       reserved INTEGER NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand), sold INTEGER NOT NULL CHECK (sold >= 0),
       received INTEGER NOT NULL CHECK (received = on_hand + sold),
       shards INTEGER NOT NULL DEFAULT 1 CHECK (shards BETWEEN 1 AND 64), lent INTEGER NOT NULL DEFAULT 0 CHECK (lent >= 0),
       surrendered INTEGER NOT NULL DEFAULT 0 CHECK (surrendered >= 0), raised INTEGER NOT NULL DEFAULT 0 CHECK (raised >= 0),
       upkeep_at_ms INTEGER
     ) WITHOUT ROWID, STRICT;
     CREATE INDEX ledgers_by_upkeep ON ledgers (upkeep_at_ms) WHERE upkeep_at_ms IS NOT NULL;
     CREATE TABLE shard_accounts (
       sku TEXT NOT NULL, shard INTEGER NOT NULL CHECK (shard BETWEEN 1 AND 63), lent INTEGER NOT NULL,
       regained INTEGER NOT NULL CHECK (regained BETWEEN 0 AND lent), product_version INTEGER NOT NULL, PRIMARY KEY (sku, shard)
     ) WITHOUT ROWID, STRICT;
     CREATE TABLE holds (
       sku TEXT NOT NULL, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL,
       state TEXT NOT NULL CHECK (state IN ('held', 'released', 'committed')),
       returned INTEGER NOT NULL CHECK (returned BETWEEN 0 AND quantity), expires_at_ms INTEGER, name TEXT NOT NULL,
       unit_price_minor INTEGER NOT NULL, currency TEXT NOT NULL, updated_at_ms INTEGER NOT NULL
     ) STRICT;
     CREATE UNIQUE INDEX holds_by_name ON holds (sku, reservation_id);
     CREATE INDEX holds_by_deadline ON holds (expires_at_ms)
       WHERE state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/';
     CREATE TABLE receipts (
       sku TEXT NOT NULL, operation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (sku, operation_id)
     ) WITHOUT ROWID, STRICT;
     CREATE TABLE restocks (
       sku TEXT NOT NULL, operation_id TEXT NOT NULL, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL,
       PRIMARY KEY (sku, operation_id)
     ) WITHOUT ROWID, STRICT;
     INSERT INTO ledgers (sku, name, price_minor, currency, version, updated_at_ms, on_hand, reserved, sold, received)
       SELECT sku, name, price_minor, currency, version, updated_at_ms, on_hand, reserved, sold, received FROM product, levels;
     INSERT INTO holds SELECT sku, reservation_id, quantity, state, returned, expires_at_ms, h.name, unit_price_minor, h.currency, h.updated_at_ms
       FROM holds_of_one AS h, product;
     INSERT INTO receipts SELECT sku, operation_id, quantity, at_ms FROM receipts_of_one, product;
     INSERT INTO restocks SELECT sku, operation_id, reservation_id, quantity, at_ms FROM restocks_of_one, product;
     DROP TABLE holds_of_one;
     DROP TABLE receipts_of_one;
     DROP TABLE restocks_of_one;
     DROP TABLE levels;
     DROP TABLE product;`,
    // The audit adds up no holds any more.
    `${sumColumns.map((column) => `ALTER TABLE ledgers ADD COLUMN ${column};`).join("\n     ")}
     ${holdSums}
     UPDATE ledgers SET (held_sum, sold_sum) = (
       SELECT ifnull(sum(quantity) FILTER (WHERE state = 'held'), 0), ifnull(sum(quantity - returned) FILTER (WHERE state = 'committed'), 0)
       FROM holds WHERE holds.sku = ledgers.sku);`,
  ],
};
