import { describe, expect, it } from "vitest";
import { readMemory, readUsage, usageBetween, type UsageReading } from "./processes.ts";

const reading = (entries: readonly [pid: number, name: string, cpuMs: number, writtenBytes: number | null][]): UsageReading =>
  new Map(entries.map(([pid, name, cpuMs, writtenBytes]) => [pid, { name, cpuMs, writtenBytes }]));

describe("usageBetween", () => {
  it("sums what each process of a group used, one that has started meanwhile from its beginning", () => {
    const before = reading([
      [1, "workerd", 100, 10],
      [2, "postgres", 50, 5],
      [3, "postgres", 70, 5],
    ]);
    const after = reading([
      [1, "workerd", 160, 110],
      [2, "postgres", 55, 6],
      [4, "postgres", 20, 7],
    ]);
    expect(usageBetween(before, after)).toEqual({ workerd: { cpuMs: 60, writtenBytes: 100 }, postgres: { cpuMs: 25, writtenBytes: 8 } });
  });

  it("bytes that the kernel does not tell of one process are not told of its group", () => {
    const after = reading([
      [1, "postgres", 10, null],
      [2, "postgres", 10, 5],
    ]);
    expect(usageBetween(new Map(), after)["postgres"]?.writtenBytes).toBeNull();
  });
});

describe.runIf(process.platform === "linux")("of this very process", () => {
  it("CPU goes up with work, and a process that is gone counts nothing", () => {
    const before = readUsage({ test: [process.pid, 2 ** 22 + 1] });
    expect(before.size).toBe(1);
    const untilMs = performance.now() + 60;
    while (performance.now() < untilMs) Math.random();
    const used = usageBetween(before, readUsage({ test: [process.pid] }))["test"]?.cpuMs ?? 0;
    expect(used).toBeGreaterThanOrEqual(10);
  });

  it("memory is that of the process", () => {
    const [own, twice] = [readMemory({ test: [process.pid] })["test"] ?? 0, readMemory({ test: [] })["test"]];
    expect(own).toBeGreaterThan(process.memoryUsage().rss / 2);
    expect(twice).toBe(0);
  });
});
