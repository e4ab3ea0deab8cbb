import { readMemory, readUsage, usageBetween, type UsageReading } from "../measure/processes.ts";
import type { RunningSystem } from "../system.ts";
import type { Round } from "./round.ts";

/** CPU and memory of the measured window alone. */
export class UsageWindow {
  endedAtMs = Number.NaN;
  readonly #running: RunningSystem;
  #before: UsageReading = new Map();
  #after: UsageReading = new Map();
  #memory: Readonly<Record<string, number>> = {};

  constructor(running: RunningSystem) {
    this.#running = running;
  }

  start(): void {
    this.#before = readUsage(this.#running.processes());
  }

  end(): void {
    this.endedAtMs = performance.now();
    const groups = this.#running.processes();
    this.#after = readUsage(groups);
    this.#memory = readMemory(groups);
  }

  /**
   * @param confirmed Orders of the window.
   * @param caughtUp A reading from when the records had caught up.
   */
  figures(confirmed: number, caughtUp: UsageReading): Pick<Round, "cpuMs" | "cpuMsCaughtUp" | "rssMb"> {
    const perOrder = (reading: UsageReading): [string, number][] =>
      Object.entries(usageBetween(this.#before, reading)).map(([name, { cpuMs }]) => [name, cpuMs / confirmed]);
    return {
      cpuMs: Object.fromEntries(perOrder(this.#after)),
      cpuMsCaughtUp: perOrder(caughtUp).reduce((sum, [, cpuMs]) => sum + cpuMs, 0),
      rssMb: Object.fromEntries(Object.entries(this.#memory).map(([name, bytes]) => [name, bytes / 2 ** 20])),
    };
  }
}
