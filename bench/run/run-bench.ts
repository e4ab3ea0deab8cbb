/**
 * The run: round by round, system by system (A B C A B C A B C), so that what the machine does meanwhile falls on all of them. One system
 * runs at a time, on a new state directory; in it all scenarios one after the other.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ShardsUnavailable } from "../holdfast/catalogue.ts";
import type { BenchSystem } from "../system.ts";
import { measureScenario } from "./measure-scenario.ts";
import type { Round } from "./round.ts";
import { describeScenario, type Scenario } from "./scenario.ts";
import type { Subject } from "./subject.ts";

/** More than any run sells, so that no system spends time on refusals. */
const unitsPerSku = 1_000_000;

export interface RunOptions {
  readonly systems: readonly BenchSystem[];
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly warmUpMs: number;
  /** After a start, with 32 clients: what is compiled and cached then is compiled and cached in production. */
  readonly firstWarmUpMs: number;
  readonly measureMs: number;
  /** Where the state directories are made. */
  readonly directory: string;
  readonly say: (line: string) => void;
  /** What the systems say. */
  readonly log: (line: string) => void;
}

/** A scenario on a system, and its rounds. */
export interface Measured {
  readonly system: BenchSystem;
  readonly scenario: Scenario;
  readonly rounds: readonly Round[];
}

export interface RunOutcome {
  readonly measured: readonly Measured[];
  /** What went wrong: ledgers that do not balance, systems that did not come up, shards that are not there. */
  readonly failures: readonly string[];
  /** What could not be measured, and is no failure. */
  readonly notes: readonly string[];
}

const warmUpScenario = (skus: number): Scenario => ({ loop: { kind: "closed", clients: 32 }, skus, shards: 1 });

export async function runBench(options: RunOptions): Promise<RunOutcome> {
  const run = new Run(options);
  for (let round = 1; round <= options.rounds; round += 1) for (const system of options.systems) await run.measureSystem(system, round);
  return run.outcome();
}

class Run {
  readonly #options: RunOptions;
  readonly #rounds = new Map<BenchSystem, Map<Scenario, Round[]>>();
  readonly #failures: string[] = [];
  readonly #notes = new Set<string>();
  readonly #unavailable = new Set<string>();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Every scenario once. Scenarios with the same shards share a start. */
  async measureSystem(system: BenchSystem, round: number): Promise<void> {
    for (const [shards, scenarios] of Map.groupBy(this.#options.scenarios, (scenario) => scenario.shards)) {
      if (shards > 1 && system.system !== "holdfast") continue;
      if (this.#unavailable.has(`${system.system} ${shards}`)) continue;
      try {
        await this.#measureStart({ system, shards, scenarios, round });
      } catch (error) {
        this.#takeFailure({ system, shards, error });
      }
    }
  }

  outcome(): RunOutcome {
    const measured = [...this.#rounds].flatMap(([system, scenarios]) =>
      [...scenarios].map(([scenario, rounds]) => ({ system, scenario, rounds })),
    );
    return { measured, failures: this.#failures, notes: [...this.#notes] };
  }

  async #measureStart({ system, shards, scenarios, round }: StartOfOne): Promise<void> {
    const { directory, log, say } = this.#options;
    const skus = Math.max(...scenarios.map((scenario) => scenario.skus));
    await using made = new AsyncDisposableStack();
    const dataDir = made.adopt(await mkdtemp(join(directory, "start-")), (path) => rm(path, { recursive: true, force: true }));
    await chmod(dataDir, 0o711);
    const split = shards === 1 ? {} : { shards };
    const running = made.adopt(await system.start({ dataDir, skus, unitsPerSku, log, ...split }), (started) => started.stop());
    const subject: Subject = { running, dataDir, orders: [] };
    const { firstWarmUpMs, warmUpMs, measureMs } = this.#options;
    await this.#warmUp(subject, { skus, firstWarmUpMs });
    for (const [index, scenario] of scenarios.entries()) {
      const result = await measureScenario(subject, scenario, { warmUpMs, measureMs, seed: round * 1_000 + index });
      this.#keep(system, scenario, result);
      say(describeRound({ system, scenario, round, result }));
      this.#takeViolations(`${nameOf(system)}, ${describeScenario(scenario)}, round ${round}`, result);
    }
  }

  async #warmUp(subject: Subject, { skus, firstWarmUpMs }: { skus: number; firstWarmUpMs: number }): Promise<void> {
    const timing = { warmUpMs: Math.max(0, firstWarmUpMs - 500), measureMs: 500, seed: 1 };
    const { violations } = await measureScenario(subject, warmUpScenario(skus), timing);
    if (violations.length > 0) throw new Error(`after the warm-up: ${violations.join("; ")}`);
  }

  #keep(system: BenchSystem, scenario: Scenario, round: Round): void {
    const scenarios = this.#rounds.get(system) ?? new Map<Scenario, Round[]>();
    this.#rounds.set(system, scenarios);
    scenarios.set(scenario, [...(scenarios.get(scenario) ?? []), round]);
  }

  #takeViolations(where: string, { violations, confirmed }: Round): void {
    for (const violation of violations) this.#failures.push(`${where}: ${violation}`);
    if (confirmed === 0) this.#failures.push(`${where}: no order was confirmed`);
  }

  #takeFailure({ system, shards, error }: { system: BenchSystem; shards: number; error: unknown }): void {
    if (error instanceof ShardsUnavailable) {
      this.#notes.add(`${nameOf(system)}: ${error.message}`);
      this.#unavailable.add(`${system.system} ${shards}`);
      return;
    }
    const failure = `${nameOf(system)}: ${error instanceof Error ? error.message : String(error)}`;
    this.#options.say(failure);
    this.#failures.push(failure);
  }
}

interface StartOfOne {
  readonly system: BenchSystem;
  readonly shards: number;
  readonly scenarios: readonly Scenario[];
  readonly round: number;
}

const nameOf = ({ system, placement }: BenchSystem): string => `${system} (${placement})`;

function describeRound({
  system,
  scenario,
  round,
  result,
}: {
  system: BenchSystem;
  scenario: Scenario;
  round: number;
  result: Round;
}): string {
  const { ordersPerS, p50Ms, p99Ms, unconfirmed, example, lagRows, catchUpS } = result;
  const lag = lagRows === null ? "" : `, records ${lagRows} behind, caught up in ${(catchUpS ?? 0).toFixed(1)} s`;
  const refused = unconfirmed === 0 ? "" : `, ${unconfirmed} not confirmed (${example ?? ""})`;
  const figures = `${ordersPerS.toFixed(0)} orders/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  return `round ${round}: ${nameOf(system)}, ${describeScenario(scenario)}: ${figures}${lag}${refused}`;
}
