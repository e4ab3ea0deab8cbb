/** Dollars for a day's quantities. Pure. */
import { assumptions, daysAMonth } from "./assumptions.ts";
import type { Day } from "./day.ts";
import { priceNames, priceOf, subscriptionDollars, type Price, type PriceName } from "./prices.ts";

/** Units per day; storage in the GB-months that a day's orders come to while they are kept. */
export type Quantities = Readonly<Record<PriceName, number>>;

export function quantitiesOf(day: Day): Quantities {
  const months = assumptions.keptDays / daysAMonth;
  const computeUnits = Math.max(assumptions.leastComputeUnits, day.rate / assumptions.ordersPerComputeUnit);
  return {
    workerRequests: total(day.workerRequests),
    workerCpu: day.orders * assumptions.workerCpuMs,
    objectRequests: total(day.objectRequests),
    objectDuration: total(day.gigabyteSeconds),
    rowsRead: day.rowsRead.orders,
    rowsReadByAudit: day.rowsRead.audit,
    rowsWritten: total(day.rowsWritten),
    objectStorage: day.storedInObjects * months,
    queueOperations: day.queueOperations,
    logEvents: day.log.events,
    logIngestion: day.log.gigabytes,
    dataPoints: day.dataPoints,
    postgresCompute: computeUnits * 24,
    postgresStorage: day.storedInPostgres * months,
    redisCommands: day.redisCommands,
    qstashMessages: day.qstashMessages,
  };
}

export const total = (parts: Readonly<Record<string, number>>): number => Object.values(parts).reduce((sum, part) => sum + part, 0);

export const listDollars = ({ dollars, per }: Price, units: number): number => (units / per) * dollars;

/** What a month of such days costs of one item once the included units are used up; never below 0. */
export const monthDollars = (price: Price, unitsPerDay: number): number =>
  listDollars(price, Math.max(0, unitsPerDay * daysAMonth - price.included));

export interface Bill {
  /** Dollars per million orders at list price, as if nothing were included. */
  readonly perMillion: Readonly<Record<PriceName, number>>;
  /** Of what is billed today. */
  readonly perMillionTotal: number;
  /** Dollars of a month of such days, the subscription and what it includes considered. */
  readonly month: number;
}

export function billFor(quantities: Quantities, ordersPerDay: number): Bill {
  const billed = priceNames.filter((name) => priceOf(name).isNotBilled !== true);
  const perMillionOf = (name: PriceName): number => (listDollars(priceOf(name), quantities[name]) / ordersPerDay) * 1_000_000;
  const perMillion = Object.fromEntries(priceNames.map((name) => [name, perMillionOf(name)])) as Record<PriceName, number>;
  return {
    perMillion,
    perMillionTotal: billed.reduce((sum, name) => sum + perMillion[name], 0),
    month: billed.reduce((sum, name) => sum + monthDollars(priceOf(name), quantities[name]), subscriptionDollars),
  };
}
