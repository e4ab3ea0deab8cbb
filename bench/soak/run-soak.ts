/** Holdfast under an open loop for as long as is asked, its memory sampled all along, its ledger checked at the end. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readMemory } from "../measure/processes.ts";
import { measureScenario } from "../run/measure-scenario.ts";
import type { Round } from "../run/round.ts";
import type { Subject } from "../run/subject.ts";
import type { BenchSystem, RunningSystem } from "../system.ts";
import { MinuteCrons, type CronRuns } from "./minute-crons.ts";
import type { MemorySample } from "./growth.ts";

const skus = 100;
const topRateClients = 32;
const openConnections = 512;
const warmUpMs = 3_000;
const topRateMs = 5_000;

export interface SoakPlan {
  readonly system: BenchSystem;
  /** The run's own. */
  readonly directory: string;
  readonly durationMs: number;
  /** Orders/s; half the top rate when undefined. */
  readonly rate: number | undefined;
  readonly sampleMs: number;
  readonly say: (line: string) => void;
}

export interface SoakOutcome {
  /** Orders/s in the closed loop; null when the rate was given. */
  readonly topRate: number | null;
  readonly rate: number;
  readonly round: Round;
  /** null: the system has no cron triggers. */
  readonly crons: CronRuns | null;
  /** By process name. */
  readonly samples: Readonly<Record<string, readonly MemorySample[]>>;
}

/** @throws When Holdfast does not come up, or the load cannot be run. */
export async function runSoak({ system, directory, durationMs, rate: given, sampleMs, say }: SoakPlan): Promise<SoakOutcome> {
  const dataDir = join(directory, "soak");
  await mkdir(dataDir, { mode: 0o711 });
  await using started = new AsyncDisposableStack();
  const start = { dataDir, skus, unitsPerSku: unitsFor(durationMs), log: () => undefined };
  const running = started.adopt(await system.start(start), (opened) => opened.stop());
  const subject: Subject = { running, dataDir, orders: [] };
  const topRate = given === undefined ? await measureTopRate(subject, say) : null;
  const rate = given ?? Math.max(1, Math.floor((topRate ?? 0) / 2));
  say(`soak: ${rate} orders/s for ${(durationMs / 60_000).toFixed(1)} min`);
  const sampler = new Sampler(running, { sampleMs, say });
  sampler.start();
  const fireCron = running.fireCron?.bind(running);
  const crons = fireCron === undefined ? null : new MinuteCrons(fireCron, say);
  try {
    const loop = { kind: "open", rate, connections: openConnections } as const;
    const round = await measureScenario(subject, { loop, skus, shards: 1 }, { warmUpMs: 0, measureMs: durationMs, seed: 1 });
    return { topRate, rate, round, crons: crons && (await crons.stop()), samples: sampler.samples(durationMs) };
  } finally {
    sampler.stop();
    await crons?.stop();
  }
}

/** Far more than 1,000 orders/s would sell. */
const unitsFor = (durationMs: number): number => Math.ceil(1_000_000 + durationMs / 10);

async function measureTopRate(subject: Subject, say: (line: string) => void): Promise<number> {
  const scenario = { loop: { kind: "closed", clients: topRateClients }, skus, shards: 1 } as const;
  const { ordersPerS, violations } = await measureScenario(subject, scenario, { warmUpMs, measureMs: topRateMs, seed: 2 });
  if (violations.length > 0) throw new Error(violations.join("; "));
  say(`soak: ${topRateClients} clients reach ${ordersPerS.toFixed(0)} orders/s`);
  return ordersPerS;
}

class Sampler {
  readonly #running: RunningSystem;
  readonly #options: { readonly sampleMs: number; readonly say: (line: string) => void };
  readonly #samples = new Map<string, MemorySample[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(running: RunningSystem, options: { readonly sampleMs: number; readonly say: (line: string) => void }) {
    this.#running = running;
    this.#options = options;
  }

  start(): void {
    const startedAtMs = performance.now();
    this.#timer = setInterval(() => this.#take((performance.now() - startedAtMs) / 1_000), this.#options.sampleMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Those of the load; what is taken while the records catch up is another state. */
  samples(durationMs: number): Readonly<Record<string, readonly MemorySample[]>> {
    return Object.fromEntries([...this.#samples].map(([name, all]) => [name, all.filter(({ atS }) => atS <= durationMs / 1_000)]));
  }

  #take(atS: number): void {
    const memory = readMemory(this.#running.processes());
    for (const [name, bytes] of Object.entries(memory)) {
      const samples = this.#samples.get(name) ?? [];
      this.#samples.set(name, samples);
      samples.push({ atS, bytes });
    }
    const sizes = Object.entries(memory).map(([name, bytes]) => `${name} ${(bytes / 2 ** 20).toFixed(0)} MB`);
    this.#options.say(`${atS.toFixed(0)} s: ${sizes.join(", ")}`);
  }
}
