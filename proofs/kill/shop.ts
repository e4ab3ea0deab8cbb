/** The shop's process and the runtime below it: killed in every way there is, and brought back on the same directory. */
import { openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ShopCall, ShopProcessOptions } from "../../local/fixtures/run-shop.ts";
import type { RuntimeRole } from "../../local/workers/runtime-role.ts";
import { startShop, type ShopAddress, type ShopHooks, type ShopProcess } from "../shared/cloud-process.ts";
import { killProcess, killTree } from "../shared/process-tree.ts";
import { runtimesOf } from "../shared/runtimes-of.ts";
import { ownProcesses } from "./own-processes.ts";

/** How long the shop may take to answer again, ms. */
const upDeadlineMs = 90_000;
const upPollMs = 20;
/** How long a runtime may outlive the process that started it, ms. */
const orphanDeadlineMs = 5_000;

type StartProcess = (hooks?: ShopHooks) => Promise<ShopProcess>;

export class Shop {
  /** Times its process ended by itself because it had lost its runtime. */
  lostRuntimes = 0;
  readonly #start: StartProcess;
  #process: ShopProcess;

  private constructor(start: StartProcess, running: ShopProcess) {
    this.#start = start;
    this.#process = running;
  }

  /**
   * @param options.errorLog Where its processes write what they end with.
   * @throws Error when it does not start.
   */
  static async start(stateDir: string, { errorLog, ...options }: ShopProcessOptions & { readonly errorLog: string }): Promise<Shop> {
    const stderr = openSync(errorLog, "a");
    const start: StartProcess = (hooks) => startShop(stateDir, options, { ...hooks, stderr });
    return new Shop(start, await start());
  }

  get address(): ShopAddress {
    return this.#process.where;
  }

  get isRunning(): boolean {
    return this.#process.isRunning();
  }

  call(name: ShopCall): Promise<void> {
    return this.#process.call(name);
  }

  /**
   * SIGKILL to a workerd. miniflare starts another in its place, on the same ports.
   *
   * @param options.how Which: that which has this role, with all its others.
   * @param options.againAfterMs Kills that one too. A runtime that dies while it starts takes the shop's process with it, which says so
   *   and is then started again, as a supervisor would.
   */
  async killRuntime({ how, againAfterMs }: { readonly how: RuntimeRole; readonly againAfterMs: number | null }): Promise<void> {
    const first = await this.#runtimeInTime(how);
    killProcess(first);
    const second = againAfterMs === null ? undefined : await this.#killNextRuntime(first, { how, afterMs: againAfterMs });
    if (await this.#isUpAgain(how, [first, second])) return;
    this.lostRuntimes += 1;
    this.#process = await this.#start();
  }

  /** `tree`: all of it in one sweep. `parent`: only the Node process; the runtime must die with it. */
  async kill(how: "tree" | "parent"): Promise<void> {
    if (how === "tree") return this.#process.killAll();
    killProcess(this.#process.pid);
    await this.#process.exited;
  }

  /** Starts it again. @param againAfterMs Kills that one while it starts, and starts another. */
  async restart(againAfterMs: number | null): Promise<void> {
    if (againAfterMs !== null) await this.#startAndKill(againAfterMs);
    this.#process = await this.#start();
  }

  /** Runtimes of ours that nobody holds any more: they must end with the process that started them. @returns Their ids. */
  async orphans(): Promise<readonly number[]> {
    const giveUpAtMs = Date.now() + orphanDeadlineMs;
    for (;;) {
      const held = new Set((await this.#process.children()).map(({ pid }) => pid));
      const left = (await ownProcesses("workerd")).filter((pid) => !held.has(pid));
      if (left.length === 0 || Date.now() > giveUpAtMs) return left;
      await sleep(upPollMs);
    }
  }

  async #startAndKill(afterMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const onSpawn = (pid: number): void => void (timer = setTimeout(() => void killTree(pid), afterMs));
    try {
      // It may have been faster than that.
      await (await this.#start({ onSpawn })).killAll();
    } catch {
      // It has ended before it was up, as it was meant to.
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns The one that was killed; undefined when there was none in time. */
  async #killNextRuntime(
    first: number,
    { how, afterMs }: { readonly how: RuntimeRole; readonly afterMs: number },
  ): Promise<number | undefined> {
    const giveUpAtMs = Date.now() + upDeadlineMs;
    let next = await this.#runtime(how);
    while ((next === undefined || next === first) && this.isRunning && Date.now() < giveUpAtMs) {
      await sleep(upPollMs);
      next = await this.#runtime(how);
    }
    await sleep(afterMs);
    if (next !== undefined) killProcess(next);
    return next;
  }

  /** One that was killed before may be started twice (`local/workers/quiet-miniflare.ts`), and in between there is none. */
  async #runtimeInTime(how: RuntimeRole): Promise<number> {
    const giveUpAtMs = Date.now() + upDeadlineMs;
    for (;;) {
      const runtime = await this.#runtime(how);
      if (runtime !== undefined) return runtime;
      if (!this.isRunning || Date.now() > giveUpAtMs) throw new Error(`The shop has no runtime for ${how}`);
      await sleep(upPollMs);
    }
  }

  async #runtime(how: RuntimeRole): Promise<number | undefined> {
    return (await runtimesOf(this.#process.pid)).find(({ roles }) => roles.includes(how))?.pid;
  }

  /** false when its process has ended instead. @throws Error when it is neither up nor gone in time. */
  async #isUpAgain(how: RuntimeRole, killed: readonly (number | undefined)[]): Promise<boolean> {
    const giveUpAtMs = Date.now() + upDeadlineMs;
    while (Date.now() < giveUpAtMs) {
      await sleep(upPollMs);
      if (!this.isRunning) return false;
      if (!(await isHealthy(this.address.baseUrl))) continue;
      const runtime = await this.#runtime(how);
      if (runtime !== undefined && !killed.includes(runtime)) return true;
    }
    throw new Error(`The shop has not come back within ${upDeadlineMs} ms`);
  }
}

const isHealthy = (baseUrl: string): Promise<boolean> =>
  fetch(`${baseUrl}/health`, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
