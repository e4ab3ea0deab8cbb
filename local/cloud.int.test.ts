import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { neon, neonConfig } from "@neondatabase/serverless";
import { Redis } from "@upstash/redis";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { descendantsOf, killProcess } from "../proofs/shared/process-tree.ts";
import { startCloud, type Cloud } from "./cloud.ts";
import { fixtureCloud } from "./fixtures/cloud-options.ts";
import { lockState } from "./state-directory.ts";

const directories: string[] = [];
const makeStateDir = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-cloud-"));
  directories.push(directory);
  return directory;
};
afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

const getJson = async (url: string): Promise<unknown> => (await fetch(url)).json();
const queryThrough = (cloud: Cloud): ReturnType<typeof neon> => {
  neonConfig.fetchEndpoint = () => cloud.databaseFetchEndpoint;
  return neon(cloud.databaseUrl);
};

describe("a running cloud", () => {
  let stateDir: string;
  let cloud: Cloud;

  beforeAll(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud({ ...fixtureCloud(stateDir), vars: { GREETING: "chosen" } });
  });
  afterAll(() => cloud.stop());

  test("has its migrations applied, reachable by the Neon client and by the wire", async () => {
    expect(await queryThrough(cloud)`SELECT name FROM fixture.things`).toEqual([{ name: "one; not two" }]);
    const client = new pg.Client(cloud.databaseUrl);
    await client.connect();
    expect((await client.query("SELECT fixture.double($1) AS n", [4])).rows).toEqual([{ n: 8 }]);
    await client.end();
  });

  test("gives the Workers the same database, and the vars asked for over their own", async () => {
    expect(await getJson(`${cloud.baseUrl}/vars`)).toEqual({ greeting: "chosen", kept: "kept", database: cloud.databaseUrl });
  });

  test("writes the credentials for its owner's eyes only", async () => {
    const path = join(stateDir, "credentials.json");
    const expected = { base_url: cloud.baseUrl, customer_key: cloud.customerKey, operator_key: cloud.operatorKey };
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(expected);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(cloud.customerKey).not.toBe(cloud.operatorKey);
  });

  test("owns its directory: a second one is refused, by the name of the first", async () => {
    await expect(startCloud(fixtureCloud(stateDir))).rejects.toThrow(`in use by process ${process.pid} (${cloud.baseUrl})`);
  });

  test("Postgres and Redis go away and come back where they were, with what they had", async () => {
    const redis = new Redis({ url: cloud.redisUrl, token: cloud.redisToken, retry: false });
    await redis.set("kept", "through");
    await Promise.all([cloud.stopRedis(), cloud.stopPostgres()]);
    await expect(redis.get("kept")).rejects.toThrow();
    await expect(queryThrough(cloud)`SELECT 1`).rejects.toThrow();
    await Promise.all([cloud.startRedis(), cloud.startPostgres()]);
    expect(await redis.get("kept")).toBe("through");
    expect(await queryThrough(cloud)`SELECT 1 AS n`).toEqual([{ n: 1 }]);
  });

  test("fires the cron triggers", async () => {
    expect(await cloud.fireCron()).toBe(1);
    expect(await getJson(`${cloud.baseUrl}/counts`)).toMatchObject({ "cron * * * * *": 1 });
  });
});

describe("startCloud", () => {
  let cloud: Cloud | undefined;
  afterEach(() => cloud?.stop());

  test("after a stop: same keys, same rows, same objects; neither the placement of its orders nor their payment provider can change", async () => {
    const stateDir = await makeStateDir();
    cloud = await startCloud(fixtureCloud(stateDir));
    const { customerKey, operatorKey } = cloud;
    await queryThrough(cloud)`INSERT INTO fixture.things VALUES (2, 'two')`;
    await getJson(`${cloud.baseUrl}/count`);
    await cloud.stop();
    await cloud.stop();
    await expect(startCloud({ ...fixtureCloud(stateDir), vars: { ORDER_PLACEMENT: "per-order" } })).rejects.toThrow("cannot change");
    await expect(startCloud({ ...fixtureCloud(stateDir), payment: "stripe" })).rejects.toThrow("HOLDFAST_PAYMENT_PROVIDER=simulated");
    cloud = await startCloud(fixtureCloud(stateDir));
    expect([cloud.customerKey, cloud.operatorKey]).toEqual([customerKey, operatorKey]);
    expect(await queryThrough(cloud)`SELECT id FROM fixture.things ORDER BY id`).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await getJson(`${cloud.baseUrl}/count`)).toEqual({ count: 2 });
  });

  test("what fails to start leaves nothing behind", async () => {
    const stateDir = await makeStateDir();
    await expect(startCloud({ ...fixtureCloud(stateDir), postgresUrl: "postgres://nobody:x@127.0.0.1:1/none" })).rejects.toThrow(
      "nobody@127.0.0.1:1/none cannot be used",
    );
    await expect(startCloud({ ...fixtureCloud(stateDir), migrationsDir: join(stateDir, "nothing") })).rejects.toThrow("nothing");
    (await lockState(stateDir)).release();
  });

  test("after kill -9: no runtime stays behind, and everything acknowledged is there at the next start", async () => {
    const stateDir = await makeStateDir();
    const child = spawn(process.execPath, [fileURLToPath(new URL("fixtures/run-fixture-cloud.ts", import.meta.url)), stateDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [baseUrl] = (await once(createInterface(child.stdout), "line")) as [string];
    for (const expected of [1, 2, 3]) expect(await getJson(`${baseUrl}/count`)).toEqual({ count: expected });
    const { database_url: databaseUrl } = JSON.parse(await readFile(join(stateDir, "run.json"), "utf8")) as { database_url: string };
    const client = new pg.Client(databaseUrl);
    client.on("error", () => undefined);
    await client.connect();
    await client.query("INSERT INTO fixture.things SELECT n, 'many' FROM generate_series(10, 1009) AS n");
    child.kill("SIGKILL");
    await once(child, "exit");
    await expect
      .poll(
        () =>
          fetch(baseUrl).then(
            () => "alive",
            () => "gone",
          ),
        { timeout: 5_000 },
      )
      .toBe("gone");
    cloud = await startCloud(fixtureCloud(stateDir));
    expect(await getJson(`${cloud.baseUrl}/count`)).toEqual({ count: 4 });
    expect(await queryThrough(cloud)`SELECT count(*)::int AS n FROM fixture.things WHERE name = 'many'`).toEqual([{ n: 1000 }]);
  });

  test.skipIf(process.platform !== "linux")(
    "a runtime that cannot be started again ends the process, which says so",
    async () => {
      const child = spawn(
        process.execPath,
        [fileURLToPath(new URL("fixtures/run-fixture-cloud.ts", import.meta.url)), await makeStateDir()],
        {
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      const said: Buffer[] = [];
      child.stderr.on("data", (data: Buffer) => said.push(data));
      await once(createInterface(child.stdout), "line");
      const exited = once(child, "exit") as Promise<[number | null]>;
      // Killed as soon as it is there, the second one while it starts.
      while (child.exitCode === null && child.pid !== undefined) {
        const runtimes = (await descendantsOf(child.pid)).filter(({ command, state }) => command === "workerd" && state !== "Z");
        for (const { pid } of runtimes) killProcess(pid);
      }
      expect((await exited)[0]).toBe(1);
      expect(Buffer.concat(said).toString()).toMatch(/The Workers runtime (failed to restart|restarted, but)/);
    },
    60_000,
  );
});
