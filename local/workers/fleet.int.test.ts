import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killProcess } from "../../proofs/shared/process-tree.ts";
import { runtimeOf } from "../../proofs/shared/runtimes-of.ts";
import { startFleet, type Fleet } from "./fleet.ts";

const configs = ["front", "back"].map((name) => fileURLToPath(new URL(`../fixtures/${name}/wrangler.toml`, import.meta.url)));

describe("startFleet", () => {
  let stateDir: string;
  let fleet: Fleet;
  const lines: string[] = [];
  const start = (port: number, options: { reuseBuild?: boolean } = {}): Promise<Fleet> =>
    startFleet({ configs, stateDir, port, bindings: { GREETING: "from outside" }, onLog: (line) => lines.push(line), ...options });
  const get = async (path: string, init?: RequestInit): Promise<unknown> => (await fetch(fleet.baseUrl + path, init)).json();
  const counts = (): Promise<Record<string, number>> => get("/counts") as Promise<Record<string, number>>;

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "holdfast-fleet-"));
    fleet = await start(0);
  }, 60_000);

  afterAll(async () => {
    await fleet.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  test("what is given is laid over the config's own vars, and what is not stays", async () => {
    expect(await get("/vars")).toEqual({ greeting: "from outside", kept: "kept" });
  });

  test("a service binding reaches the named entrypoint", async () => {
    expect(await get("/whoami")).toEqual({ answer: "the back's entrypoint" });
  });

  test("the assets binding serves the directory, and only after the Worker was asked", async () => {
    const page = await fetch(`${fleet.baseUrl}/page`);
    expect([page.status, await page.text()]).toEqual([200, "<!doctype html><title>An asset</title>\n"]);
    expect((await fetch(`${fleet.baseUrl}/nothing`)).status).toBe(404);
  });

  test("a queue's message reaches its consumer, and a refused one its dead-letter queue after its retries", async () => {
    await get("/send", { method: "POST", body: "good" });
    await get("/send", { method: "POST", body: "bad" });
    const expected = { "fixture-jobs good": 1, "fixture-jobs bad": 2, "fixture-jobs-dlq bad": 1 };
    await expect.poll(counts, { timeout: 20_000 }).toMatchObject(expected);
  }, 30_000);

  test("sendToQueue sends as a Worker that produces for the queue", async () => {
    await fleet.sendToQueue("fixture-jobs", "by hand");
    await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ "fixture-jobs by hand": 1 });
    await expect(fleet.sendToQueue("nobodys", "x")).rejects.toThrow("No Worker produces");
  }, 30_000);

  test("the Workers' console lines are handed over as they were written", async () => {
    await get("/send", { method: "POST", body: "logged" });
    await expect.poll(() => lines).toContain('{"level":"info","service":"back","message":"sent logged"}');
  });

  test("fireCron runs the scheduled handlers and waits for them", async () => {
    expect(await fleet.fireCron()).toBe(1);
    expect(await counts()).toMatchObject({ "cron * * * * *": 1 });
  });

  test("Durable Objects of another script keep their rows when the fleet is started again on the same port", async () => {
    expect(await get("/count")).toEqual({ count: 1 });
    const port = Number(new URL(fleet.baseUrl).port);
    await fleet.stop();
    await expect(fetch(fleet.baseUrl)).rejects.toThrow();
    fleet = await start(port);
    expect(await get("/count")).toEqual({ count: 2 });
  }, 60_000);

  test("with reuseBuild it starts what was bundled last, as it was", async () => {
    const bundle = join(stateDir, "build", "fixture-front.js");
    const before = await stat(bundle);
    await fleet.stop();
    fleet = await start(0, { reuseBuild: true });
    expect(await get("/vars")).toEqual({ greeting: "from outside", kept: "kept" });
    expect((await stat(bundle)).mtimeMs).toBe(before.mtimeMs);
  }, 60_000);

  // Which process is workerd is read from /proc.
  test.skipIf(process.platform !== "linux")(
    "a runtime that is killed is started again in its place, with its rows",
    async () => {
      const { count } = (await get("/count")) as { count: number };
      killProcess(await runtimeOf(process.pid, "objects"));
      await expect.poll(() => get("/count").catch(() => "gone"), { timeout: 20_000 }).toEqual({ count: count + 1 });
    },
    60_000,
  );

  test("a taken port is an error that says so, and nothing is left running", async () => {
    await expect(start(Number(new URL(fleet.baseUrl).port))).rejects.toThrow(/already in use/i);
  }, 60_000);
});
