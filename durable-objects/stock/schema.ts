/** The stock actor's tables, version by version. */
import { outboxTable } from "../kernel/outbox.ts";

/** The holds that end at their deadline by themselves: operators' alone. As in `holds_by_deadline`, or that index is no use. */
export const endsByItself = "state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/'";

export const stockSchema: readonly string[] = [
  `CREATE TABLE product (
     only INTEGER PRIMARY KEY CHECK (only = 1), sku TEXT NOT NULL, name TEXT NOT NULL, price_minor INTEGER NOT NULL,
     currency TEXT NOT NULL, version INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE levels (
     only INTEGER PRIMARY KEY CHECK (only = 1), on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
     reserved INTEGER NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand), sold INTEGER NOT NULL CHECK (sold >= 0),
     received INTEGER NOT NULL CHECK (received = on_hand + sold)
   ) STRICT;
   INSERT INTO levels VALUES (1, 0, 0, 0, 0);
   CREATE TABLE holds (
     reservation_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('held', 'released', 'committed')),
     name TEXT NOT NULL, unit_price_minor INTEGER NOT NULL, currency TEXT NOT NULL, updated_at_ms INTEGER NOT NULL
   ) WITHOUT ROWID, STRICT;
   CREATE TABLE receipts (operation_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID, STRICT;
   ${outboxTable}`,
  `ALTER TABLE holds ADD COLUMN returned INTEGER NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity);
   ALTER TABLE holds ADD COLUMN expires_at_ms INTEGER;
   CREATE INDEX holds_by_deadline ON holds (expires_at_ms)
     WHERE state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/';
   CREATE TABLE restocks (
     operation_id TEXT PRIMARY KEY, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL
   ) WITHOUT ROWID, STRICT;`,
  // One object may keep many SKUs from here on. What was released before its product was ever put is left behind: nothing can
  // be held there, and its order is long over.
  `CREATE TABLE ledgers (
     sku TEXT PRIMARY KEY, name TEXT NOT NULL, price_minor INTEGER NOT NULL, currency TEXT NOT NULL, version INTEGER NOT NULL,
     updated_at_ms INTEGER NOT NULL, on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
     reserved INTEGER NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand), sold INTEGER NOT NULL CHECK (sold >= 0),
     received INTEGER NOT NULL CHECK (received = on_hand + sold)
   ) WITHOUT ROWID, STRICT;
   INSERT INTO ledgers SELECT sku, name, price_minor, currency, version, updated_at_ms, on_hand, reserved, sold, received FROM product, levels;
   DROP INDEX holds_by_deadline;
   ALTER TABLE holds RENAME TO holds_of_one;
   CREATE TABLE holds (
     sku TEXT NOT NULL, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('held', 'released', 'committed')),
     returned INTEGER NOT NULL CHECK (returned BETWEEN 0 AND quantity), expires_at_ms INTEGER, name TEXT NOT NULL,
     unit_price_minor INTEGER NOT NULL, currency TEXT NOT NULL, updated_at_ms INTEGER NOT NULL, PRIMARY KEY (sku, reservation_id)
   ) WITHOUT ROWID, STRICT;
   INSERT INTO holds SELECT sku, reservation_id, quantity, state, returned, expires_at_ms, h.name, unit_price_minor, h.currency, h.updated_at_ms
     FROM holds_of_one AS h, product;
   CREATE INDEX holds_by_deadline ON holds (expires_at_ms)
     WHERE state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/';
   ALTER TABLE receipts RENAME TO receipts_of_one;
   CREATE TABLE receipts (
     sku TEXT NOT NULL, operation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (sku, operation_id)
   ) WITHOUT ROWID, STRICT;
   INSERT INTO receipts SELECT sku, operation_id, quantity, at_ms FROM receipts_of_one, product;
   ALTER TABLE restocks RENAME TO restocks_of_one;
   CREATE TABLE restocks (
     sku TEXT NOT NULL, operation_id TEXT NOT NULL, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (sku, operation_id)
   ) WITHOUT ROWID, STRICT;
   INSERT INTO restocks SELECT sku, operation_id, reservation_id, quantity, at_ms FROM restocks_of_one, product;
   DROP TABLE holds_of_one;
   DROP TABLE receipts_of_one;
   DROP TABLE restocks_of_one;
   DROP TABLE levels;
   DROP TABLE product;
   DROP INDEX IF EXISTS outbox_by_creation;`,
];
