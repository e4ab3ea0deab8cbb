import { neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { checkDatabase, createDatabase, isRefusedByDatabase } from "./client.ts";

const { fetchEndpoint } = neonConfig;
afterEach(() => {
  neonConfig.fetchFunction = undefined;
  neonConfig.fetchEndpoint = fetchEndpoint;
});

const url = (name: string): string => `postgres://user:password@${name}.test/database`;
const selectOne = { command: "SELECT", rowCount: 1, rows: [["1"]], fields: [{ name: "one", dataTypeID: 23 }] };
const neverAnswers = (_url: string, { signal }: RequestInit): Promise<Response> =>
  new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));

test("createDatabase is the same client for the same database, and sends its queries to the endpoint it is given", async () => {
  const asked: string[] = [];
  neonConfig.fetchFunction = (endpoint: string) => {
    asked.push(endpoint);
    return Promise.resolve(Response.json(selectOne));
  };
  const options = { databaseUrl: url("endpoint"), databaseFetchEndpoint: "http://127.0.0.1:1/sql" };
  const db = createDatabase(options);
  expect(createDatabase({ ...options })).toBe(db);
  await db.execute(sql`select 1 as one`);
  expect(asked).toEqual(["http://127.0.0.1:1/sql"]);
});

test("createDatabase gives every query a clock of its own", async () => {
  const signals: unknown[] = [];
  neonConfig.fetchFunction = (_url: string, { signal }: RequestInit) => {
    signals.push(signal);
    return Promise.resolve(Response.json(selectOne));
  };
  const db = createDatabase({ databaseUrl: url("clocks") });
  await db.execute(sql`select 1 as one`);
  await db.execute(sql`select 1 as one`);
  expect(signals).toEqual([expect.any(AbortSignal), expect.any(AbortSignal)]);
  expect(signals[0]).not.toBe(signals[1]);
});

test("a query and a batch end with an error when the database does not answer in time", async () => {
  neonConfig.fetchFunction = neverAnswers;
  const db = createDatabase({ databaseUrl: url("slow"), queryTimeoutMs: 1 });
  await expect(db.execute(sql`select 1`)).rejects.toThrow();
  await expect(db.batch([db.execute(sql`select 1`)])).rejects.toThrow(/Error connecting to database/);
});

test("checkDatabase says up or down and never throws", async () => {
  const db = createDatabase({ databaseUrl: url("health"), queryTimeoutMs: 1 });
  neonConfig.fetchFunction = () => Promise.resolve(Response.json(selectOne));
  expect(await checkDatabase(db)).toEqual({ status: "up", latency_ms: expect.any(Number) as number });
  neonConfig.fetchFunction = neverAnswers;
  expect(await checkDatabase(db)).toMatchObject({ status: "down", detail: expect.any(String) as string });
});

test.each([
  ["a value out of range, wrapped", new Error("wrapped", { cause: Object.assign(new Error(), { code: "22003" }) }), true],
  ["a broken constraint", Object.assign(new Error(), { code: "23514" }), true],
  ["two rows of one key", Object.assign(new Error(), { code: "21000" }), true],
  ["a deadlock", Object.assign(new Error(), { code: "40P01" }), false],
  ["a server that is going down", Object.assign(new Error(), { code: "57P01" }), false],
  ["a lost connection", new TypeError("fetch failed"), false],
  ["no error at all", undefined, false],
])("isRefusedByDatabase takes %s for what it is", (_what, error, expected) => {
  expect(isRefusedByDatabase(error)).toBe(expected);
});
