/** The order actor's tables. `id` is the same number in all of them: that of the request that placed the order. */
import { outboxTable } from "../kernel/outbox.ts";
import type { ActorTables } from "../kernel/schema.ts";

/**
 * Names are hashes: a table kept in their order has each row on a page of its own, to be read, copied and written for every
 * change of an order. Kept in the order of their coming, what is worked on together lies together; the names are an index.
 */
const requestsTable = `CREATE TABLE requests (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL, status INTEGER, reply TEXT
) STRICT;
CREATE UNIQUE INDEX requests_by_name ON requests (name);`;

const ordersTable = `CREATE TABLE orders (
  id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL, published_entries INTEGER NOT NULL,
  published_status TEXT NOT NULL, last_event_id TEXT NOT NULL, next_at_ms INTEGER
) STRICT;
CREATE INDEX orders_by_next ON orders (next_at_ms) WHERE next_at_ms IS NOT NULL;`;

/** A row for each change: the entries that it made, a JSON array. */
const journalTable = `CREATE TABLE journal (
  id INTEGER NOT NULL, first_seq INTEGER NOT NULL, entries TEXT NOT NULL, PRIMARY KEY (id, first_seq)
) WITHOUT ROWID, STRICT;`;

export const orderSchema: ActorTables = {
  newest: `${requestsTable}\n${ordersTable}\n${journalTable}\n${outboxTable}`,
  upgrades: [
    `DROP INDEX outbox_by_creation;
     DROP INDEX orders_by_next;
     ALTER TABLE requests RENAME TO requests_by_hash;
     ALTER TABLE orders RENAME TO orders_by_hash;
     ALTER TABLE journal RENAME TO journal_by_hash;
     ${requestsTable}
     ${ordersTable}
     ${journalTable}
     INSERT INTO requests (name, method, path, body, started_at_ms, status, reply)
       SELECT name, method, path, body, started_at_ms, status, reply FROM requests_by_hash;
     INSERT INTO orders SELECT r.id, o.order_id, state, version, published_entries, published_status, last_event_id, next_at_ms
       FROM orders_by_hash AS o JOIN requests AS r ON r.name = substr(o.order_id, 5);
     INSERT INTO journal SELECT o.id, seq, json_array(json(entry)) FROM journal_by_hash AS j JOIN orders AS o ON o.order_id = j.order_id;
     DROP TABLE requests_by_hash;
     DROP TABLE orders_by_hash;
     DROP TABLE journal_by_hash;`,
  ],
};
