import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLog } from "./worker-log.ts";

let stateDir: string;
beforeAll(async () => void (stateDir = await mkdtemp(join(tmpdir(), "holdfast-log-"))));
afterAll(() => rm(stateDir, { recursive: true }));

const failure = new Error("not healthy");
const explained = async (...lines: readonly string[]): Promise<string> => {
  await using log = await openLog(stateDir);
  lines.forEach(log.write);
  return (log.explain(failure) as Error).message;
};

describe("explain", () => {
  test("a failure before the Workers have said anything stays as it is", async () => {
    await using log = await openLog(stateDir);
    expect(log.explain(failure)).toBe(failure);
  });

  test("otherwise it names the file", async () => {
    const path = join(stateDir, "log", "workers.log");
    expect(await explained('{"level":"info","message":"hello"}')).toBe(`not healthy\nWhat the Workers have said is in ${path}`);
    expect(await readFile(path, "utf8")).toContain("hello");
  });

  test("and shows the last error in it, as it was written, without the runtime's stack", async () => {
    const uncaught =
      "Uncaught exception: remote.jsg.Error: This Worker's configuration is not valid.\n✖ Invalid\nstack: workerd@1 workerd@2";
    const last = '{"level":"error","message":"the database is away"}';
    expect(await explained(last, uncaught, '{"level":"info"}')).toMatch(/; its last error:\nUncaught exception: .*\n✖ Invalid$/);
    expect(await explained(uncaught, last, '{"level":"info"}')).toMatch(/; its last error:\n\{.*"the database is away"\}$/);
  });
});
