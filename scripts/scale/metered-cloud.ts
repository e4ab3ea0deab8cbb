/** The one-machine cloud (`local/cloud.ts`) on metered bundles: real Workers, objects, queues and SQLite, and what they have counted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startCloud, type Cloud } from "../../local/cloud.ts";
import { oneProcess } from "../../local/workers/arrangement.ts";
import type { Control } from "./meter/metered-actor.ts";
import { turnHeader, type ControlRequest } from "./meter/metered-worker.ts";
import { copyBundles, type MeteredBundles } from "./metered-bundles.ts";
import { addTallies, detailsOf, sumOf, type Meter, type Tally } from "./operations.ts";

/** As in `meter/tally.ts`, which is bundled into the Workers and loads nothing of Node's. */
const tallyMark = "@tally ";
/** After this long without a line an isolate has no more to say, ms: if it could have said it. */
const silenceMs = 80;
/** So many times the runtime has its turn before its silence is believed: on a busy machine nobody may have run at all. */
const turns = 4;
const settleDeadlineMs = 60_000;

/** An object that has been loaded. */
export interface LoadedObject {
  readonly className: string;
  /** In hex. */
  readonly id: string;
}

export interface MeteredCloud extends AsyncDisposable {
  readonly cloud: Pick<Cloud, "baseUrl" | "customerKey" | "operatorKey" | "databaseUrl">;
  /** Everything counted so far. */
  tally(): Tally;
  /** Every object that was ever loaded, in the order of their first time; the metrics actor is none of them. */
  objects(): readonly LoadedObject[];
  control(object: LoadedObject, control: Control): Promise<number>;
  /** Waits until every message was handled and every outbox is empty. @throws Error when that does not come to pass in a minute. */
  settle(): Promise<void>;
  /** Waits until nothing has been counted for so long, ms. */
  silence(ms?: number): Promise<void>;
}

/** @param vars Over the deployed ones. */
export async function startMeteredCloud(bundles: MeteredBundles, vars: Readonly<Record<string, string>> = {}): Promise<MeteredCloud> {
  const stateDir = await mkdtemp(join(tmpdir(), "holdfast-scale-"));
  await copyBundles(bundles, join(stateDir, "build"));
  const counted = new CountedLines();
  const cloud = await startCloud({
    stateDir,
    reuseBuild: true,
    // What an order costs on the platform is no matter of processes on one machine.
    arrangement: oneProcess,
    vars: { ...bundles.placementVars, ...vars },
    onLog: (line) => counted.read(line),
  }).catch(async (error: unknown) => {
    await rm(stateDir, { recursive: true, force: true });
    throw error;
  });
  return new RunningCloud({ cloud, bundles, counted, stateDir });
}

class CountedLines {
  tally: Tally = {};
  lastAtMs = performance.now();

  read(line: string): void {
    if (!line.startsWith(tallyMark)) return;
    this.tally = addTallies(this.tally, JSON.parse(line.slice(tallyMark.length)) as Tally);
    this.lastAtMs = performance.now();
  }
}

interface Parts {
  readonly cloud: Cloud;
  readonly bundles: MeteredBundles;
  readonly counted: CountedLines;
  readonly stateDir: string;
}

class RunningCloud implements MeteredCloud {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get cloud(): Cloud {
    return this.#parts.cloud;
  }

  tally(): Tally {
    return this.#parts.counted.tally;
  }

  objects(): readonly LoadedObject[] {
    return detailsOf(this.tally(), "object loaded").flatMap(([detail]) => {
      const [className = "", id = ""] = detail.split(" ");
      return className === "MetricsActor" ? [] : [{ className, id }];
    });
  }

  async control({ className, id }: LoadedObject, control: Control): Promise<number> {
    const binding = this.#parts.bundles.objectBindings[className];
    if (binding === undefined) throw new Error(`The public Worker has no binding of ${className}`);
    const request: ControlRequest = { binding, id, control };
    const response = await fetch(this.cloud.baseUrl, { headers: { "x-meter-control": JSON.stringify(request) } });
    if (!response.ok) throw new Error(`${className} ${control.command}: ${await response.text()}`);
    return Number(await response.text());
  }

  async settle(): Promise<void> {
    const giveUpAtMs = performance.now() + settleDeadlineMs;
    for (;;) {
      await this.silence();
      if (await this.#isSettled()) return;
      if (performance.now() > giveUpAtMs) throw new Error("The orders have not settled in time");
    }
  }

  async silence(ms = silenceMs): Promise<void> {
    for (;;) {
      const { lastAtMs } = this.#parts.counted;
      const leftMs = lastAtMs + ms - performance.now();
      if (leftMs > 0) await sleep(leftMs);
      else if (await this.#isSilentSince(lastAtMs)) return;
    }
  }

  async #isSilentSince(lastAtMs: number): Promise<boolean> {
    for (let turn = 0; turn < turns; turn += 1) await fetch(this.cloud.baseUrl, { headers: { [turnHeader]: "1" } });
    return this.#parts.counted.lastAtMs === lastAtMs;
  }

  async #isSettled(): Promise<boolean> {
    const operations = (meter: Meter): number => sumOf(this.tally(), meter);
    if (operations("queue retry") > 0) throw new Error("A message was not handled at once: what is counted is no ordinary order");
    if (operations("queue write") > operations("queue delete")) return false;
    for (const object of this.objects()) if ((await this.control(object, { command: "settled" })) > 0) return false;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cloud.stop();
    await rm(this.#parts.stateDir, { recursive: true, force: true });
  }
}
