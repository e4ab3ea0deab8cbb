/** Open loop: orders go out when they are due, whatever has become of those before them. */
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../measure/percentile.ts";
import { Connection } from "./connection.ts";
import type { LoopRun } from "./loop-run.ts";
import type { OpenSchedule } from "./open-schedule.ts";
import { OpenSender } from "./open-sender.ts";

export interface OpenLoopOutcome {
  readonly latenessP99Ms: number;
  readonly unsent: number;
}

export interface OpenLoopOptions {
  readonly schedule: OpenSchedule;
  readonly connections: number;
}

export async function runOpenLoop(run: LoopRun, { schedule, connections: count }: OpenLoopOptions): Promise<OpenLoopOutcome> {
  const connections = Array.from({ length: count }, () => new Connection(run.address));
  await Promise.all(connections.map((connection) => connection.open()));
  const sender = new OpenSender({ run, schedule, connections, now: () => performance.now(), sleep });
  await Promise.all([run.window(), sender.sendAll()]);
  await Promise.race([sender.idle(), sleep(run.drainMs)]);
  run.endWindow();
  const unsent = sender.giveUp();
  for (const connection of connections) connection.close("no answer in time");
  return { latenessP99Ms: percentile(sender.latenessMs, 0.99), unsent };
}
