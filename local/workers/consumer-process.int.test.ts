import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { killProcess } from "../../proofs/shared/process-tree.ts";
import { runtimeOf, runtimesOf } from "../../proofs/shared/runtimes-of.ts";
import { fixtureConfigs } from "../fixtures/cloud-options.ts";
import { startFleet, type ConsumerPlace, type Fleet } from "./fleet.ts";

// Which process is which is read from /proc.
describe.skipIf(process.platform !== "linux")("startFleet, by where its consumers run", () => {
  let stateDir: string;
  let fleet: Fleet;
  const get = async (path: string, init?: RequestInit): Promise<unknown> => (await fetch(fleet.baseUrl + path, init)).json();
  const counts = (): Promise<Record<string, number>> => get("/counts") as Promise<Record<string, number>>;
  const send = (body: string): Promise<unknown> => get("/send", { method: "POST", body });
  const roles = async () => (await runtimesOf(process.pid)).map(({ role }) => role).toSorted();
  const start = async (consumers?: ConsumerPlace): Promise<void> => {
    fleet = await startFleet({ configs: fixtureConfigs, stateDir, port: 0, bindings: {}, onLog: () => undefined, consumers });
  };

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "holdfast-consumers-"));
  });

  afterEach(async () => {
    await fleet.stop();
    expect(await roles()).toEqual([]);
    await rm(stateDir, { recursive: true, force: true });
  });

  test("beside: one process answers, delivers, and gives up what is refused", async () => {
    await start("beside");
    expect(await roles()).toEqual(["serving"]);
    await send("good");
    await send("bad");
    const expected = { "fixture-jobs good": 1, "fixture-jobs bad": 2, "fixture-jobs-dlq bad": 1 };
    await expect.poll(counts, { timeout: 20_000 }).toMatchObject(expected);
  }, 60_000);

  test("own-process, the default: a queue is consumed in a second process, while the first answers", async () => {
    await start();
    expect(await roles()).toEqual(["consuming", "serving"]);
    const consuming = await runtimeOf(process.pid, "consuming");
    process.kill(consuming, "SIGSTOP");
    const sent = send("good");
    for (let look = 0; look < 20; look += 1) expect(await counts()).not.toHaveProperty("fixture-jobs good");
    process.kill(consuming, "SIGCONT");
    await sent;
    await send("bad");
    // Delivered, then retried and given up, there too.
    const expected = { "fixture-jobs good": 1, "fixture-jobs bad": 2, "fixture-jobs-dlq bad": 1 };
    await expect.poll(counts, { timeout: 20_000 }).toMatchObject(expected);
  }, 60_000);

  test.each(["consuming", "serving"] as const)(
    "the %s runtime that is killed is started again, and queues lead to the consumers and from them to the objects as before",
    async (role) => {
      await start();
      await send("before");
      await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ "fixture-jobs before": 1 });
      killProcess(await runtimeOf(process.pid, role));
      // What is sent while one of the two is away is lost with the broker, as an outbox expects.
      const sendAndCount = async () => {
        await send("after");
        return counts();
      };
      await expect
        .poll(() => sendAndCount().catch(() => ({})), { timeout: 20_000 })
        .toMatchObject({ "fixture-jobs before": 1, "fixture-jobs after": expect.any(Number) as number });
      expect(await roles()).toEqual(["consuming", "serving"]);
    },
    60_000,
  );
});
