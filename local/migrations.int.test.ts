import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtureMigrations } from "./fixtures/cloud-options.ts";
import { migrateDown, migrateUp, migrationStatus } from "./migrations.ts";
import type { SqlBackend } from "./postgres/backend.ts";
import { openPGlite } from "./postgres/pglite-backend.ts";

describe("migrations", () => {
  let directory: string;
  let dir: string;
  let backend: SqlBackend;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-migrations-"));
    dir = join(directory, "migrations");
    await cp(fixtureMigrations, dir, { recursive: true });
    backend = await openPGlite(join(directory, "postgres"));
  });

  afterAll(async () => {
    await backend.close();
    await rm(directory, { recursive: true, force: true });
  });

  const ask = async (query: string): Promise<unknown> => {
    const client = new pg.Client(backend.wireUrl);
    await client.connect();
    return client
      .query<Record<string, unknown>>(query)
      .then(({ rows }) => rows[0])
      .finally(() => client.end());
  };
  const names = ["0001_make-things", "0002_fill-things"];
  const applied = async (): Promise<boolean[]> =>
    (await migrationStatus(backend.wireUrl, { dir })).map((state) => state.appliedAt !== null);

  test("migrationStatus of an empty database: every one is pending, and asking changes nothing", async () => {
    expect(await migrationStatus(backend.wireUrl, { dir })).toEqual(names.map((name) => ({ name, appliedAt: null })));
    expect(await ask("SELECT to_regclass('public.pgmigrations') AS there")).toEqual({ there: null });
  });

  test("migrateUp applies what is pending, in order, and the second time nothing", async () => {
    expect(await migrateUp(backend.wireUrl, { dir, count: 1 })).toEqual(names.slice(0, 1));
    expect(await applied()).toEqual([true, false]);
    expect(await migrateUp(backend.wireUrl, { dir })).toEqual(names.slice(1));
    expect(await migrateUp(backend.wireUrl, { dir })).toEqual([]);
    expect(await ask("SELECT name, fixture.double(21) AS doubled FROM fixture.things")).toEqual({ name: "one; not two", doubled: 42 });
  });

  test("migrateDown undoes the newest; with a count, more of them", async () => {
    expect(await migrateDown(backend.wireUrl, { dir })).toEqual(names.slice(1));
    expect(await ask("SELECT count(*)::int AS n FROM fixture.things")).toEqual({ n: 0 });
    await migrateUp(backend.wireUrl, { dir });
    expect(await migrateDown(backend.wireUrl, { dir, count: 2 })).toEqual(names.toReversed());
    expect(await applied()).toEqual([false, false]);
    expect(await ask("SELECT to_regnamespace('fixture') AS there")).toEqual({ there: null });
  });

  test("a migration that fails takes those before it back with it", async () => {
    const broken = join(dir, "0003_broken.sql");
    await writeFile(broken, "-- Up Migration\nSELECT nothing_there;\n-- Down Migration\nSELECT 1;\n");
    await expect(migrateUp(backend.wireUrl, { dir })).rejects.toThrow("nothing_there");
    expect(await applied()).toEqual([false, false, false]);
    await rm(broken);
    expect(await migrateUp(backend.wireUrl, { dir })).toEqual(names);
  });
});
