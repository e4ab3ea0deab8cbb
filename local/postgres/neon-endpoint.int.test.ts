import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon, neonConfig, type NeonDbError } from "@neondatabase/serverless";
import { eq, sql as raw } from "drizzle-orm";
import { bigint, boolean, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/neon-http";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalEndpoint } from "../http-endpoint.ts";
import type { SqlBackend } from "./backend.ts";
import { openNeonEndpoint } from "./neon-endpoint.ts";
import { openPGlite } from "./pglite-backend.ts";
import { connectServer } from "./server-backend.ts";

const things = pgTable("things", {
  id: bigint({ mode: "bigint" }).primaryKey(),
  name: text().notNull(),
  amount: integer().notNull().default(0),
  active: boolean().notNull().default(true),
  labels: text().array().notNull().default([]),
  data: jsonb().$type<Record<string, unknown>>(),
  at: timestamp({ withTimezone: true, mode: "date" }).notNull().defaultNow(),
});

const serverUrl = process.env["HOLDFAST_POSTGRES_URL"];
const backends: [string, (directory: string) => Promise<SqlBackend>][] = [
  ["PGlite", (directory) => openPGlite(join(directory, "postgres"))],
];
if (serverUrl !== undefined) backends.push(["PostgreSQL", () => connectServer(serverUrl)]);

describe.each(backends)("the Neon endpoint over %s", (_name, open) => {
  let directory: string;
  let backend: SqlBackend;
  let endpoint: LocalEndpoint;
  let url: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-neon-"));
    backend = await open(directory);
    url = backend.wireUrl;
    endpoint = await openNeonEndpoint(backend, { port: 0, connectionString: url });
    neonConfig.fetchEndpoint = () => `${endpoint.url}/sql`;
    await neon(url).transaction((sql) => [
      sql`DROP TABLE IF EXISTS things`,
      sql`CREATE TABLE things (id bigint PRIMARY KEY, name text NOT NULL CONSTRAINT named UNIQUE, amount int NOT NULL DEFAULT 0 CONSTRAINT counted CHECK (amount >= 0),
        active boolean NOT NULL DEFAULT true, labels text[] NOT NULL DEFAULT '{}', data jsonb, at timestamptz NOT NULL DEFAULT now())`,
    ]);
  }, 60_000);

  afterAll(async () => {
    await endpoint.stop();
    await backend.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("neon(): every type comes back as the client's own parsers make it", async () => {
    const [row] = await neon(url)`SELECT 1::int AS i, 9007199254740993::bigint AS big, true AS yes, NULL AS nothing, ARRAY[1,2] AS numbers,
      ARRAY['a','b"c'] AS words, '{"a":[1]}'::jsonb AS json, ${"it's é"}::text AS words_in, '\\x00ff'::bytea AS bytes, 1.50::numeric AS price,
      '2026-01-02T03:04:05.678Z'::timestamptz AS at`;
    expect(row).toMatchObject({
      i: 1,
      big: "9007199254740993",
      yes: true,
      nothing: null,
      numbers: [1, 2],
      words: ["a", 'b"c'],
      json: { a: [1] },
      words_in: "it's é",
      price: "1.50",
    });
    expect([...(row?.["bytes"] as Uint8Array)]).toEqual([0, 255]);
    expect(new Date(row?.["at"] as string).toISOString()).toBe("2026-01-02T03:04:05.678Z");
  });

  test("neon(): full results carry the command, the count and the columns' types", async () => {
    const result = await neon(url, { fullResults: true, arrayMode: true })`SELECT 1::int8 AS a, 'x'::text AS b UNION ALL SELECT 2, 'y'`;
    expect(result).toMatchObject({
      command: "SELECT",
      rowCount: 2,
      rows: [
        ["1", "x"],
        ["2", "y"],
      ],
      fields: [
        { name: "a", dataTypeID: 20 },
        { name: "b", dataTypeID: 25 },
      ],
    });
    expect(await neon(url, { fullResults: true })`CREATE TEMPORARY TABLE nothing_much (a int)`).toMatchObject({
      command: "CREATE",
      rowCount: null,
      rows: [],
    });
  });

  test("drizzle: writes and reads bigint, arrays, json and dates", async () => {
    const db = drizzle({ client: neon(url) });
    const at = new Date("2026-11-21T09:30:00.123Z");
    await db
      .insert(things)
      .values({ id: 9007199254740993n, name: "drizzled", labels: ['one "two"', "three,four"], data: { deep: [1, { a: null }] }, at });
    const [thing] = await db.select().from(things).where(eq(things.name, "drizzled"));
    expect(thing).toEqual({
      id: 9007199254740993n,
      name: "drizzled",
      amount: 0,
      active: true,
      labels: ['one "two"', "three,four"],
      data: { deep: [1, { a: null }] },
      at,
    });
  });

  test("a refusal carries the SQLSTATE, the constraint and where it was", async () => {
    const sql = neon(url);
    const refused = async (query: Promise<unknown>): Promise<NeonDbError> =>
      query.then(
        () => expect.unreachable("not refused"),
        (error: unknown) => error as NeonDbError,
      );
    await sql`INSERT INTO things (id, name) VALUES (1, 'once')`;
    const duplicate = await refused(sql`INSERT INTO things (id, name) VALUES (2, 'once')`);
    expect(duplicate).toMatchObject({
      name: "NeonDbError",
      code: "23505",
      severity: "ERROR",
      constraint: "named",
      table: "things",
      schema: "public",
      detail: "Key (name)=(once) already exists.",
    });
    expect(await refused(sql`INSERT INTO things (id, name, amount) VALUES (3, 'few', -1)`)).toMatchObject({
      code: "23514",
      constraint: "counted",
    });
    expect(await refused(sql`SELECT nothing_there`)).toMatchObject({ code: "42703", position: "8" });
    expect(await refused(sql`SELECT ${"x"}::int`)).toMatchObject({ code: "22P02" });
    expect(await refused(sql.query("SELECT 1; SELECT 2"))).toMatchObject({ code: "42601" });
  });

  test("a batch is one transaction: a refusal in it leaves nothing behind, and the next one is not touched by it", async () => {
    const db = drizzle({ client: neon(url) });
    const batch = db.batch([
      db.insert(things).values({ id: 10n, name: "first of batch" }),
      db.insert(things).values({ id: 10n, name: "same id" }),
      db.insert(things).values({ id: 11n, name: "never tried" }),
    ]);
    await expect(batch).rejects.toMatchObject({ code: "23505" });
    const rows = await db.batch([db.select().from(things).where(eq(things.id, 10n)), db.execute(raw`SELECT 7 AS seven`)]);
    expect(rows[0]).toEqual([]);
    expect(rows[1].rows).toEqual([{ seven: 7 }]);
  });

  test("a batch that is refused when it is committed leaves nothing behind, and the next one is not touched by it", async () => {
    const sql = neon(url);
    await sql.transaction([
      sql`DROP TABLE IF EXISTS parts`,
      sql`CREATE TABLE parts (id int PRIMARY KEY, part_of int REFERENCES parts DEFERRABLE INITIALLY DEFERRED)`,
    ]);
    const orphan = sql.transaction([sql`INSERT INTO parts VALUES (1, 2)`, sql`SELECT 7 AS seven`]);
    await expect(orphan).rejects.toMatchObject({ code: "23503" });
    expect(await sql.transaction([sql`SELECT count(*)::int AS n FROM parts`])).toEqual([[{ n: 0 }]]);
    await sql`DROP TABLE parts`;
  });

  test("a batch has the isolation level and the access mode it asks for", async () => {
    const sql = neon(url);
    const modes = await sql.transaction([sql`SHOW transaction_isolation`, sql`SHOW transaction_read_only`], {
      isolationLevel: "Serializable",
      readOnly: true,
    });
    expect(modes).toEqual([[{ transaction_isolation: "serializable" }], [{ transaction_read_only: "on" }]]);
    await expect(sql.transaction([sql`INSERT INTO things (id, name) VALUES (20, 'read only')`], { readOnly: true })).rejects.toMatchObject({
      code: "25006",
    });
    expect(await sql`SHOW transaction_isolation`).toEqual([{ transaction_isolation: "read committed" }]);
  });

  test("a statement waits for a transaction on the wire port instead of joining it", async () => {
    const client = new pg.Client(backend.wireUrl);
    await client.connect();
    await client.query("BEGIN");
    await client.query("INSERT INTO things (id, name) VALUES (30, 'rolled back')");
    const seen = neon(url)`SELECT count(*)::int AS n FROM things WHERE id = 30`;
    await client.query("SELECT $1::int", [1]);
    await client.query("ROLLBACK");
    expect(await seen).toEqual([{ n: 0 }]);
    await client.end();
  });

  test("many at once each get their own answer", async () => {
    const sql = neon(url);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => sql`SELECT ${n}::int AS n`));
    expect(answers.map(([row]) => row?.["n"] as number)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  test("another password is refused, and a body that is no query changes nothing", async () => {
    const wrong = url.replace(/\/\/[^@]*@/, "//someone:else@");
    await expect(neon(wrong)`SELECT 1`).rejects.toMatchObject({ code: "28P01" });
    const response = await fetch(`${endpoint.url}/sql`, {
      method: "POST",
      headers: { "Neon-Connection-String": url, "Neon-Raw-Text-Output": "true" },
      body: "[1",
    });
    expect(response.status).toBe(400);
  });

  test("it goes away, and comes back on the same port", async () => {
    await endpoint.stop();
    await expect(neon(url)`SELECT 1`).rejects.toThrow("Error connecting to database");
    await endpoint.start();
    expect(await neon(url)`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  });
});

test("openPGlite: the rows are still there when it is opened again", async () => {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-pglite-"));
  const first = await openPGlite(join(directory, "postgres"));
  await first.transaction(
    [
      { query: "CREATE TABLE kept (n int)", params: [] },
      { query: "INSERT INTO kept VALUES ($1)", params: ["7"] },
    ],
    {},
  );
  await first.close();
  const second = await openPGlite(join(directory, "postgres"));
  expect((await second.query({ query: "SELECT n FROM kept", params: [] })).rows).toEqual([["7"]]);
  await second.close();
  await rm(directory, { recursive: true, force: true });
}, 60_000);
