import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@upstash/qstash";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startCloud, type Cloud } from "../cloud.ts";
import { projectRoot } from "../project.ts";

let stateDir: string;
let cloud: Cloud;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-jobs-"));
  cloud = await start();
});
afterAll(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});
beforeEach(() => {
  lines.length = 0;
});

const start = () =>
  startCloud({
    stateDir,
    schedules: true,
    onLog: (line) => line.startsWith("{") && lines.push(JSON.parse(line) as Record<string, unknown>),
  });
/** The machine may be busy. */
const patient = { timeout: 20_000 };
const client = () => new Client({ baseUrl: cloud.qstash.url, token: cloud.qstash.token, devMode: false, retry: false });
const messages = () => lines.map(({ service, message }) => `${String(service)}: ${String(message)}`);
const deadLetters = async () => (await client().dlq.listMessages()).messages;

/** `npm run schedules -- VERB` against this cloud. */
async function schedules(verb: string, env: Record<string, string> = {}): Promise<string> {
  const variables = {
    QSTASH_URL: cloud.qstash.url,
    QSTASH_TOKEN: cloud.qstash.token,
    PUBLIC_BASE_URL: `${cloud.qstash.publicBaseUrl}/`,
    ...env,
  };
  const command = promisify(execFile)(process.execPath, ["local/schedules.ts", verb], {
    cwd: projectRoot,
    env: { ...process.env, ...variables },
  });
  return (await command).stdout.trim();
}

it("the schedule's sweep arrives at the gateway, signed, and wakes what is overdue", async () => {
  expect(await cloud.fireSchedules()).toBe(1);
  expect(await deadLetters()).toEqual([]);
  await expect.poll(messages, patient).toContain("orders: Swept the overdue orders");
});

it("an unsigned request is refused, and so is one that QStash has signed for another URL", async () => {
  const unsigned = await fetch(`${cloud.baseUrl}/jobs/sweep`, { method: "POST" });
  expect([unsigned.status, await unsigned.json()]).toMatchObject([403, { code: "invalid_signature" }]);
  await client().publish({ url: `${cloud.baseUrl}/jobs/sweep`, retries: 0 });
  await expect.poll(deadLetters, patient).toMatchObject([{ responseStatus: 403 }]);
  await client().dlq.delete({ all: true });
  expect(messages()).not.toContain("orders: Swept the overdue orders");
});

it("is asked for by the cron trigger as well, and a Postgres that is down fails QStash's sweep only", async () => {
  expect(await cloud.fireCron()).toBeGreaterThan(0);
  await expect.poll(messages, patient).toContain("orders: Swept the overdue orders");
  await cloud.stopPostgres();
  await cloud.fireSchedules();
  await cloud.startPostgres();
  expect(await deadLetters()).toMatchObject([{ responseStatus: 503, scheduleId: "holdfast-sweep" }]);
  await client().dlq.delete({ all: true });
});

it("QStash goes away and comes back where it was; the gateway's health does not depend on it", async () => {
  await cloud.stopQstash();
  await expect(client().schedules.list()).rejects.toThrow();
  const health = (await (await fetch(`${cloud.baseUrl}/health`)).json()) as { status: string };
  expect(health).toMatchObject({ status: "healthy" });
  expect(JSON.stringify(health)).not.toContain("qstash");
  await cloud.startQstash();
  expect(await client().schedules.list()).toMatchObject([
    { scheduleId: "holdfast-sweep", destination: `${cloud.qstash.publicBaseUrl}/jobs/sweep` },
  ]);
});

it("npm run schedules applies, shows and removes; twice is as good as once", async () => {
  expect(await schedules("status")).toMatch(/^holdfast-sweep {2}\* \* \* \* \* {2}http:\/\/\S+\/jobs\/sweep {2}in place$/);
  expect(await schedules("apply")).toMatch(/in place$/);
  expect(await schedules("apply", { PUBLIC_BASE_URL: "https://shop.example" })).toMatch(
    /https:\/\/shop\.example\/jobs\/sweep {2}replaced$/,
  );
  expect(await schedules("status")).toMatch(/different$/);
  expect(await schedules("remove")).toMatch(/removed$/);
  expect(await schedules("remove")).toMatch(/missing$/);
  expect(await client().schedules.list()).toEqual([]);
  expect(await schedules("apply")).toMatch(/created$/);
  await client().schedules.pause({ schedule: "holdfast-sweep" });
  expect(await schedules("apply")).toMatch(/paused$/);
  await expect(schedules("destroy")).rejects.toThrow("Usage");
  await expect(schedules("apply", { QSTASH_TOKEN: "" })).rejects.toThrow("QSTASH_TOKEN is not set");
});

it("after a restart on another port: the same account, the same schedule, and a message of before reaches the gateway", async () => {
  await client().schedules.resume({ schedule: "holdfast-sweep" });
  const { token } = cloud.qstash;
  await cloud.stopPostgres();
  await client().publish({ url: `${cloud.qstash.publicBaseUrl}/jobs/sweep`, retries: 100 });
  await cloud.stop();
  cloud = await start();
  expect(cloud.qstash.token).toBe(token);
  await expect.poll(messages, patient).toContain("orders: Swept the overdue orders");
});
