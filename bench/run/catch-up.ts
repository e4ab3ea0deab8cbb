/** Waiting for what follows a load: the durable records, and sales still on their way to the ledger. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Stock } from "../system.ts";
import { isSettled } from "./check-ledger.ts";
import { checkRecords } from "./check-records.ts";
import { confirmedIn } from "./order-tally.ts";
import type { Subject } from "./subject.ts";

/** How long the records and the ledger may take to catch up after a window, ms, and between two looks. */
const catchUpDeadlineMs = 180_000;
const catchUpPollMs = 50;

export interface Lag {
  readonly rows: number;
  readonly seconds: number;
  readonly violations: readonly string[];
}

/** Waits until the durable records show every confirmed order. @returns undefined for a system without a lag. */
export async function catchUp({ running, orders }: Subject, endedAtMs: number): Promise<Lag | undefined> {
  if (running.lag === undefined) return undefined;
  const confirmed = confirmedIn(orders);
  const { rows: first } = await running.lag(confirmed);
  for (let rows = first; rows > 0; rows = (await running.lag(confirmed)).rows) {
    if (performance.now() - endedAtMs > catchUpDeadlineMs)
      return {
        rows: first,
        seconds: Number.NaN,
        violations: [`the records still lack ${rows} orders ${catchUpDeadlineMs / 1_000} s after the load`],
      };
    await sleep(catchUpPollMs);
  }
  return { rows: Math.max(0, first), seconds: (performance.now() - endedAtMs) / 1_000, violations: [] };
}

export interface Settled {
  readonly stock: readonly Stock[];
  /** Where the durable records say otherwise, one sentence each. */
  readonly violations: readonly string[];
}

/** The ledger once nothing is under way any more and the records say the same, or as both are when that takes too long. */
export async function settle({ running, orders }: Subject): Promise<Settled> {
  const giveUpAtMs = performance.now() + catchUpDeadlineMs;
  for (;;) {
    const stock = await running.stock();
    const violations = running.records === undefined ? [] : checkRecords(await running.records(), stock);
    const isDone = isSettled(stock, orders) && violations.length === 0;
    if (isDone || performance.now() > giveUpAtMs) return { stock, violations };
    await sleep(catchUpPollMs);
  }
}
