/** Numbers and tables as Markdown. */
import { assumptions } from "./assumptions.ts";

/** At most three digits that matter, thousands apart; 0 only for 0. */
export function amount(value: number): string {
  if (value === 0) return "0";
  const digits = Math.floor(Math.log10(Math.abs(value)));
  const rounded = Number(value.toPrecision(3));
  return digits >= 2 ? rounded.toLocaleString("en-US") : String(rounded);
}

/** Every digit. */
export const exact = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 2 });

export const dollars = (value: number): string =>
  value > 0 && value < 0.005 ? "< 0.01" : value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export type Row = readonly string[];

/** @param numeric How many of the first columns are text. */
export function table(head: Row, rows: readonly Row[], text = 1): string {
  const rule = head.map((_title, index) => (index < text ? "---" : "---:"));
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** How long it takes to come to so many orders. */
export function span(seconds: number): string {
  const units = [
    ["years", 365 * 86_400],
    ["days", 86_400],
    ["hours", 3_600],
    ["min", 60],
  ] as const;
  const [name, size] = units.find(([, each]) => seconds >= 2 * each) ?? ["s", 1];
  return `${amount(seconds / size)} ${name}`;
}

/** At most one digit after the point. */
export const share = (part: number): string => (part < 0.001 ? "< 0.1 %" : `${exact(Math.round(part * 1_000) / 10)} %`);

export const ratesHead: Row = assumptions.rates.map((rate) => `${rate.toLocaleString("en-US")} ${rate === 1 ? "order" : "orders"}/s`);
