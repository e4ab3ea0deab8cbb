import { readdirSync, utimesSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { killProcess } from "../../proofs/shared/process-tree.ts";
import { runtimeOf, runtimesOf } from "../../proofs/shared/runtimes-of.ts";
import { fixtureConfigs } from "../fixtures/cloud-options.ts";
import { defaultArrangement, frontBesideConsumers, frontWithConsumers, oneProcess, type Arrangement } from "./arrangement.ts";
import { startFleet, type Fleet } from "./fleet.ts";
import type { RuntimeRole } from "./runtime-role.ts";

// Which process is which is read from /proc.
describe.skipIf(process.platform !== "linux")("startFleet, by its processes", () => {
  let stateDir: string;
  let fleet: Fleet;
  let pipesBefore: number;
  /** Those that Node would wait for. */
  const pipes = (): number => process.getActiveResourcesInfo().filter((resource) => resource === "PipeWrap").length;
  const get = async (path: string, init?: RequestInit): Promise<unknown> => (await fetch(fleet.baseUrl + path, init)).json();
  const counts = (): Promise<Record<string, number>> => get("/counts") as Promise<Record<string, number>>;
  const send = (body: string): Promise<unknown> => get("/send", { method: "POST", body });
  const processes = async () => (await runtimesOf(process.pid)).map(({ roles }) => roles).toSorted();
  const start = async (arrangement?: Arrangement): Promise<void> => {
    fleet = await startFleet({ configs: fixtureConfigs, stateDir, port: 0, bindings: {}, onLog: () => undefined, arrangement });
  };

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "holdfast-processes-"));
    pipesBefore = pipes();
  });

  afterEach(async () => {
    await fleet.stop();
    expect(await processes()).toEqual([]);
    await expect.poll(pipes, { timeout: 10_000 }).toBe(pipesBefore);
    await rm(stateDir, { recursive: true, force: true });
  });

  test.each<[string, Arrangement | undefined, Arrangement]>([
    ["one", oneProcess, oneProcess],
    ["two", frontWithConsumers, frontWithConsumers],
    ["three", frontBesideConsumers, frontBesideConsumers],
    ["when nothing is said, the default's", undefined, defaultArrangement],
  ])(
    "%s: every role has its process, what is sent is delivered or given up, crons fire, and the page is served",
    async (_, arrangement, expected) => {
      await start(arrangement);
      expect(await processes()).toEqual(expected.toSorted());
      await send("good");
      await send("bad");
      await fleet.sendToQueue("fixture-jobs", "by hand");
      expect(await fleet.fireCron()).toBe(1);
      const delivered = { "fixture-jobs good": 1, "fixture-jobs bad": 2, "fixture-jobs-dlq bad": 1, "fixture-jobs by hand": 1 };
      await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ ...delivered, "cron * * * * *": 1 });
      expect(await (await fetch(`${fleet.baseUrl}/page`)).text()).toContain("An asset");
    },
    60_000,
  );

  test("consumers apart that stand still keep only who sends to them waiting, and take what they were sent when they go on", async () => {
    await start(frontBesideConsumers);
    const consumers = await runtimeOf(process.pid, "consumers");
    process.kill(consumers, "SIGSTOP");
    let answered = false;
    const sent = send("good").then(() => (answered = true));
    for (let look = 0; look < 20; look += 1) expect(await counts()).not.toHaveProperty("fixture-jobs good");
    // The broker is theirs, so it says nothing. An outbox gives up after 10 s.
    expect(answered).toBe(false);
    process.kill(consumers, "SIGCONT");
    await sent;
    await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ "fixture-jobs good": 1 });
  }, 60_000);

  test.each<[string, Arrangement]>([
    ["two", frontWithConsumers],
    ["three", frontBesideConsumers],
  ])(
    "the registry that miniflare empties after a leap of the clock is whole again, and all of %s lead to each other as before",
    async (_, arrangement) => {
      await start(arrangement);
      const registry = join(stateDir, "registry");
      const registered = readdirSync(registry).toSorted();
      const longAgo = new Date(Date.now() - 600_000);
      for (const name of registered) utimesSync(join(registry, name), longAgo, longAgo);
      await expect.poll(() => readdirSync(registry), { interval: 20 }).toEqual([]);
      const whoami = () => get("/whoami").catch(() => "an error");
      await expect.poll(whoami, { interval: 20 }).toBe("an error");
      await expect.poll(() => readdirSync(registry).toSorted(), { timeout: 10_000 }).toEqual(registered);
      await expect.poll(whoami, { timeout: 10_000 }).toEqual({ answer: "the back's entrypoint" });
      const sendAndCount = async () => {
        await send("after");
        return counts();
      };
      await expect.poll(() => sendAndCount().catch(() => ({})), { timeout: 20_000 }).toHaveProperty("fixture-jobs after");
    },
    60_000,
  );

  test.each<[RuntimeRole, string, Arrangement]>([
    ["objects", "two", frontWithConsumers],
    ["front", "two", frontWithConsumers],
    ["objects", "three", frontBesideConsumers],
    ["front", "three", frontBesideConsumers],
    ["consumers", "three", frontBesideConsumers],
  ])(
    "the runtime for %s of %s that is killed, twice, is started again at the same address, and all lead to each other as before",
    async (role, _, arrangement) => {
      await start(arrangement);
      await send("before");
      await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ "fixture-jobs before": 1 });
      for (const round of ["first", "second"]) {
        killProcess(await runtimeOf(process.pid, role));
        // What is sent while one is away is lost with the broker, as an outbox expects.
        const sendAndCount = async () => {
          await send(round);
          return counts();
        };
        await expect
          .poll(() => sendAndCount().catch(() => ({})), { timeout: 20_000 })
          .toMatchObject({ "fixture-jobs before": 1, [`fixture-jobs ${round}`]: expect.any(Number) as number });
        expect(await get("/whoami")).toEqual({ answer: "the back's entrypoint" });
        expect(await processes()).toEqual(arrangement.toSorted());
      }
    },
    60_000,
  );
});
