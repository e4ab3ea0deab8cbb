/**
 * Migration 0009 while both releases write and people read, each in a session of its own: nobody waits for the other in a circle, no row is
 * lost and none is there twice. Needs a PostgreSQL server (HOLDFAST_POSTGRES_URL, or one that is installed): PGlite has one session, in which
 * nobody ever waits.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { migrateDown, migrateUp } from "../../local/migrations.ts";
import { migrationsDir } from "../../local/project.ts";
import { hasPostgresServer, openFreshDatabase, type FreshDatabase } from "../../proofs/shared/fresh-database.ts";
import type { OrderEvent } from "../events/catalogue.ts";
import { journalEntry, orderEvent, testOrderId, testRefund } from "../testing/events.ts";
import { readRecords } from "./audit.ts";
import { createDatabase } from "./client.ts";
import { projectEvents } from "./project-events.ts";
import { projectBefore0009 } from "./testing/project-before-0009.ts";

/** As the driver sends it. */
interface Query {
  readonly query: string;
  readonly params: readonly (string | null)[];
}
type Queries = readonly Query[];
type Release = "the release before" | "this release";
const releases: readonly Release[] = ["the release before", "this release"];

let sent: Query[] = [];
neonConfig.fetchFunction = (_url: string, { body }: { readonly body: string }) => {
  const asked = JSON.parse(body) as Query | { readonly queries: Queries };
  sent.push(...("queries" in asked ? asked.queries : [asked]));
  return Promise.reject(new Error("It is only looked at"));
};
const db = createDatabase({ databaseUrl: "postgres://nobody:nothing@looked-at.test/none" });

/** What is sent to the database, which then is not there. */
async function sentBy(work: () => Promise<unknown>): Promise<Queries> {
  sent = [];
  await work().catch(() => undefined);
  return sent;
}

const writes = (release: Release, events: readonly OrderEvent[]): Promise<Queries> =>
  sentBy(() => (release === "this release" ? projectEvents(db, events) : projectBefore0009(db, events)));
const auditRead = (ids: readonly string[]): Promise<Queries> => sentBy(() => readRecords(db, ids));
const personRead: Queries = [{ query: "select * from orders.journal", params: [] }];

/** The order at a version; each version tells two entries of the journal. */
const eventOf = (number: number, version: number): OrderEvent => {
  const id = testOrderId(number);
  const journal = [journalEntry(2 * version - 1), journalEntry(2 * version)];
  return orderEvent({ order: { id, version }, journal, payment: { refunds: [testRefund(1, { order_id: id })] } });
};

/** Bounds every wait of a session, ms. */
const statementTimeoutMs = 20_000;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const undefinedTable = "42P01";
const codeOf = (error: unknown): string => String(error instanceof pg.DatabaseError ? error.code : error);

describe.skipIf(!hasPostgresServer())("migration 0009 beside writers of both releases (needs a PostgreSQL server)", () => {
  let directory: string;
  let database: FreshDatabase;
  let before0009: number;
  let sessions: pg.Client[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-migrations-"));
    database = await openFreshDatabase(directory);
    before0009 = (await readdir(migrationsDir)).filter((file) => file < "0009").length;
    await migrateUp(database.url, { count: before0009 });
  });
  afterEach(async () => {
    await Promise.all(sessions.map((session) => session.end()));
    sessions = [];
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  async function openSession(): Promise<pg.Client> {
    const session = new pg.Client({ connectionString: database.url, statement_timeout: statementTimeoutMs });
    session.on("error", () => undefined);
    sessions.push(session);
    await session.connect();
    return session;
  }

  async function run(session: pg.Client, queries: Queries): Promise<void> {
    for (const { query, params } of queries) await session.query(query, [...params]);
  }

  /** @returns "done", or the SQLSTATE of what was refused, and then nothing of it was done. */
  async function transact(session: pg.Client, queries: Queries): Promise<string> {
    await session.query("begin");
    return commit(session, queries);
  }

  async function commit(session: pg.Client, queries: Queries): Promise<string> {
    try {
      await run(session, queries);
      await session.query("commit");
      return "done";
    } catch (error) {
      await session.query("rollback");
      return codeOf(error);
    }
  }

  /** Polls, each time with a question to the server, until so many sessions wait for a lock, or `isOver`. */
  async function untilWaiting(observer: pg.Client, count: () => number): Promise<void> {
    const giveUpAtMs = Date.now() + statementTimeoutMs;
    for (;;) {
      const { rows } = await observer.query<{ waiting: number }>(
        `select count(distinct pid)::int as waiting from pg_locks
          where not granted and pid in (select pid from pg_stat_activity where datname = current_database())`,
      );
      if ((rows[0]?.waiting ?? 0) >= count()) return;
      if (Date.now() > giveUpAtMs) throw new Error("They neither wait nor end");
    }
  }

  interface Journal {
    readonly order_id: string;
    readonly seqs: readonly number[];
  }
  async function journals(): Promise<readonly Journal[]> {
    const query = "select order_id, array_agg(seq order by seq) as seqs from orders.journal group by order_id order by order_id";
    return (await (await openSession()).query<Journal>(query)).rows;
  }
  /** Of the orders 1 to `orders`, each with all that its versions tell, once. */
  const wholeJournals = (orders: number, versions: number): Journal[] =>
    upTo(orders).map((number) => ({ order_id: testOrderId(number), seqs: upTo(2 * versions) }));

  async function empty(): Promise<void> {
    await (await openSession()).query("truncate orders.orders, payments.payments cascade");
  }

  /** Of migration 0009, to be run one by one. */
  async function statementsOf(direction: "Up" | "Down"): Promise<Queries> {
    const [file = ""] = (await readdir(migrationsDir)).filter((name) => name.startsWith("0009"));
    const text = (await readFile(join(migrationsDir, file), "utf8")).replaceAll(/^--(?! (?:Up|Down) Migration).*$/gm, "");
    const [, up = "", down = ""] = text.split(/^-- (?:Up|Down) Migration$/m);
    const statements = (direction === "Up" ? up : down).match(/(?:\$\$[^]*?\$\$|[^;$])+;/g) ?? [];
    return statements.map((query) => ({ query, params: [] }));
  }

  test("whoever comes between two statements of it waits, and goes on when it has ended", async () => {
    await empty();
    const [migration, observer] = [await openSession(), await openSession()];
    const others = [await openSession(), await openSession(), await openSession(), await openSession()] as const;
    let number = 0;
    const [up, down] = [await statementsOf("Up"), await statementsOf("Down")];
    expect(Math.min(up.length, down.length)).toBeGreaterThan(4);
    const again: OrderEvent[] = [];
    for (let step = 0; step <= Math.max(up.length, down.length); step += 1) {
      for (const statements of [up, down]) {
        const [one, other] = [eventOf((number += 1), 1), eventOf((number += 1), 1)];
        const written = [await writes("the release before", [one]), await writes("this release", [other])];
        const work = [...written, await auditRead([one.data.order.id]), personRead];
        await migration.query("begin");
        await run(migration, statements.slice(0, step));
        let left = others.length;
        const outcomes = Promise.all(others.map((session, index) => transact(session, work[index] ?? []).finally(() => (left -= 1))));
        await untilWaiting(observer, () => left);
        const migrated = await commit(migration, statements.slice(step));
        const [before, present, ...reads] = await outcomes;
        const after = statements[step - 1]?.query.trim() ?? "nothing";
        expect({ after, migrated, before, reads }).toEqual({ after, migrated: "done", before: "done", reads: ["done", "done"] });
        // Where this release writes there is nothing before the migration, nor after it was taken back: its events come again.
        expect(["done", undefinedTable]).toContain(present);
        if (present !== "done") again.push(other);
      }
    }
    expect(await transact(migration, up)).toBe("done");
    expect(await transact(migration, await writes("this release", again))).toBe("done");
    expect(await journals()).toEqual(wholeJournals(number, 1));
    expect(await transact(migration, down)).toBe("done");
    expect(await journals()).toEqual(wholeJournals(number, 1));
  });

  test.each(releases)("it waits for %s, wherever that is in what it writes", async (release) => {
    await empty();
    const [writer, observer] = [await openSession(), await openSession()];
    const again: OrderEvent[] = [];
    let number = 0;
    const statements = (await writes(release, [eventOf(1, 1)])).length;
    expect(statements).toBeGreaterThanOrEqual(5);
    for (let done = 0; done <= statements; done += 1) {
      for (const migrate of [migrateUp, migrateDown]) {
        const event = eventOf((number += 1), 1);
        const queries = await writes(release, [event]);
        await writer.query("begin");
        const begun = await run(writer, queries.slice(0, done)).then(
          () => "done",
          (error: unknown) => codeOf(error),
        );
        let left = 1;
        const migrated = migrate(database.url, { count: 1 }).finally(() => (left = 0));
        await untilWaiting(observer, () => left);
        const outcome = begun === "done" ? await commit(writer, queries.slice(done)) : await commit(writer, []).then(() => begun);
        expect(await migrated).toHaveLength(1);
        if (release === "the release before") expect({ done, outcome }).toEqual({ done, outcome: "done" });
        expect(["done", undefinedTable]).toContain(outcome);
        if (outcome !== "done") again.push(event);
      }
    }
    await migrateUp(database.url, { count: 1 });
    if (again.length > 0) expect(await transact(writer, await writes(release, again))).toBe("done");
    expect(await journals()).toEqual(wholeJournals(number, 1));
    await migrateDown(database.url, { count: 1 });
  });

  test("both releases write the same events, over and over, while it goes up and down ten times", async () => {
    await empty();
    const [orders, versions] = [20, 4];
    const numbers = upTo(orders);
    let isOver = false;

    /** A batch for each version; every other writer has its orders the other way round, as two deliveries may. */
    async function batchesOf(release: Release, turn: number): Promise<readonly Queries[]> {
      const batches: Queries[] = [];
      for (const version of upTo(versions)) {
        const events = numbers.map((number) => eventOf(number, version));
        batches.push(await writes(release, turn % 2 === 0 ? events : events.toReversed()));
      }
      return batches;
    }

    /** Until the migrations have ended and each batch has been written. */
    async function keepWriting(release: Release, { turn, batches }: { turn: number; batches: readonly Queries[] }): Promise<void> {
      const session = await openSession();
      const missing = new Set(batches);
      for (let count = turn; !isOver || missing.size > 0; count += 1) {
        const batch = batches[count % versions] ?? [];
        const outcome = await transact(session, batch);
        if (outcome === "done") missing.delete(batch);
        else if (release !== "this release" || outcome !== undefinedTable) throw new Error(`${release} was refused: ${outcome}`);
      }
    }

    async function keepReading(queries: Queries): Promise<void> {
      const session = await openSession();
      while (!isOver) expect(await transact(session, queries)).toBe("done");
    }

    async function upAndDown(): Promise<void> {
      try {
        for (let round = 0; round < 10; round += 1) {
          expect(await migrateUp(database.url, { count: 1 })).toHaveLength(1);
          if (round < 9) expect(await migrateDown(database.url, { count: 1 })).toHaveLength(1);
        }
      } finally {
        isOver = true;
      }
    }

    const writers: (() => Promise<void>)[] = [];
    for (const turn of [0, 1, 2]) {
      for (const release of releases) {
        const batches = await batchesOf(release, turn);
        writers.push(() => keepWriting(release, { turn, batches }));
      }
    }
    const audit = await auditRead(numbers.map(testOrderId));
    const ends = await Promise.allSettled([upAndDown(), ...writers.map((write) => write()), keepReading(audit), keepReading(personRead)]);
    expect(ends.filter(({ status }) => status === "rejected")).toEqual([]);
    expect(await journals()).toEqual(wholeJournals(orders, versions));
    const session = await openSession();
    const { rows } = await session.query(`
      select (select count(*)::int from orders.orders where version = ${versions}) as orders, (select count(*)::int from orders.order_items) as items,
        (select count(*)::int from payments.payments) as payments, (select count(*)::int from payments.refunds) as refunds`);
    expect(rows).toEqual([{ orders, items: orders, payments: orders, refunds: orders }]);
    await migrateDown(database.url, { count: 1 });
  });
});
