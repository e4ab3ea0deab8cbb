/** What the answers of the stock actors mean for an order. */
import { listed } from "../listed.ts";
import { totalOf } from "../money.ts";
import type { OrderEvent, ReservationResult, Untimed } from "./events.ts";
import { linesToRelease } from "./next-step.ts";
import type { Failure, OrderLine, OrderState } from "./state.ts";

export interface ReleaseResult {
  readonly sku: string;
  /** `unknown`: the stock actor did not answer in time; it is asked again. */
  readonly kind: "released" | "unknown";
}

type StockEvent = Untimed<Extract<OrderEvent, { type: `inventory_${string}` }>>;

/** Precedence: a refusal of any line, then a lost answer, then currency, total and expected total of the whole cart. */
export function decideReservation(state: OrderState, answers: readonly ReservationResult[], nowMs: number): StockEvent {
  const results = completed(state, answers);
  if (state.payment.status === "captured") return decidePaid(state, results);
  const refused = refusal(state, results);
  if (refused !== null) return { type: "inventory_refused", results, failure: refused };
  if (results.some((result) => result.kind === "unknown")) return inventoryUnknown(state, results, nowMs);
  return decideCart(state, results);
}

/** A line that was asked and has no answer is unknown, never taken for granted. */
function completed(state: OrderState, answers: readonly ReservationResult[]): readonly ReservationResult[] {
  const bySku = new Map(answers.map((answer) => [answer.sku, answer]));
  return state.lines.filter((line) => line.hold !== "held").map((line) => bySku.get(line.sku) ?? { sku: line.sku, kind: "unknown" });
}

/** A paid order's holds exist, because nothing is charged before all are held: it is never refused, and waits to hear of them. */
function decidePaid(state: OrderState, results: readonly ReservationResult[]): StockEvent {
  return results.every((result) => result.kind === "held") ? decideCart(state, results) : { type: "inventory_unknown", results };
}

function inventoryUnknown(state: OrderState, results: readonly ReservationResult[], nowMs: number): StockEvent {
  if (nowMs < state.giveUpAtMs) return { type: "inventory_unknown", results };
  return {
    type: "inventory_given_up",
    results,
    failure: { code: "inventory_unavailable", detail: "The stock could not be reached in time." },
  };
}

function refusal(state: OrderState, results: readonly ReservationResult[]): Failure | null {
  const unknownSkus = failedLines(state, results, "unknown_sku");
  if (unknownSkus.length > 0) return { code: "unknown_sku", detail: `Not known: ${skus(unknownSkus)}.`, lines: unknownSkus };
  const short = failedLines(state, results, "out_of_stock");
  if (short.length > 0) return { code: "out_of_stock", detail: `Not enough of ${skus(short)}.`, lines: short };
  const conflicts = failedLines(state, results, "conflict");
  if (conflicts.length > 0) return { code: "inventory_unavailable", detail: `The hold on ${skus(conflicts)} is gone.`, lines: conflicts };
  return null;
}

type FailedLine = NonNullable<Failure["lines"]>[number];

function failedLines(state: OrderState, results: readonly ReservationResult[], kind: ReservationResult["kind"]): readonly FailedLine[] {
  const bySku = new Map(state.lines.map((line) => [line.sku, line]));
  return results
    .filter((result) => result.kind === kind)
    .map((result) => ({
      sku: result.sku,
      requested: bySku.get(result.sku)?.quantity ?? 0,
      available: result.kind === "out_of_stock" ? result.available : null,
    }));
}

const skus = (lines: readonly FailedLine[]): string => listed(lines.map((line) => line.sku));

/** Everything is held, so every price is known: does the cart stand? */
function decideCart(state: OrderState, results: readonly ReservationResult[]): StockEvent {
  const priced = pricedLines(state, results);
  const refuse = (code: Failure["code"], detail: string): StockEvent => ({ type: "inventory_refused", results, failure: { code, detail } });
  const currency = priced[0]?.currency ?? "";
  if (priced.some((line) => line.currency !== currency))
    return refuse("currency_mismatch", "All items of an order must be priced in one currency.");
  const totalMinor = totalOf(priced);
  if (totalMinor === null) return refuse("total_too_large", "The total is above 9007199254740991 minor units.");
  const expected = state.expectedTotalMinor;
  if (expected !== null && expected !== totalMinor) return refuse("price_changed", `The total is ${totalMinor}, expected was ${expected}.`);
  return { type: "inventory_reserved", results, totalMinor, currency };
}

interface PricedLine {
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly currency: string;
}

function pricedLines(state: OrderState, results: readonly ReservationResult[]): readonly PricedLine[] {
  const bySku = new Map(results.map((result) => [result.sku, result]));
  return state.lines.map((line) => priced(line, bySku.get(line.sku)));
}

function priced(line: OrderLine, result: ReservationResult | undefined): PricedLine {
  const source = result?.kind === "held" ? result : line;
  return { quantity: line.quantity, unitPriceMinor: source.unitPriceMinor ?? 0, currency: source.currency ?? "" };
}

/** Only lines that were to be released count, whatever was answered. */
export function decideRelease(state: OrderState, results: readonly ReleaseResult[]): StockEvent {
  const confirmed = new Set(results.filter((result) => result.kind === "released").map((result) => result.sku));
  const asked = linesToRelease(state).map((line) => line.sku);
  return {
    type: "inventory_released",
    released: asked.filter((sku) => confirmed.has(sku)),
    unknown: asked.filter((sku) => !confirmed.has(sku)),
  };
}
