import { disagreementOf } from "../stock/shards/sum-levels.ts";
import { nothingFound, type AuditRule, type Disagreement, type Examination } from "./finding.ts";
import type { StockReading } from "./readings.ts";

/**
 * One SKU's sums. Levels and totals are one reading, so what disagrees here disagrees at that moment and for good.
 *
 * @param reading null: Postgres has the product and its stock actor does not know it.
 */
export function examineStock(sku: string, reading: StockReading | null): Examination {
  const disagreements = reading === null ? [missing(sku)] : [...sums(reading), ...counters(reading)];
  return { ...nothingFound, subject: sku, version: null, disagreements };
}

const missing = (sku: string): Disagreement => ({
  rule: "sku_has_ledger",
  subject: sku,
  expected: "a ledger",
  found: "none",
  detail: `${sku} is in the catalogue and its stock actor does not know it.`,
});

function sums({ sku, levels, totals }: StockReading): readonly Disagreement[] {
  const { onHand, reserved, sold, received } = levels;
  const checks: readonly (readonly [AuditRule, string, number, string, number])[] = [
    ["received_is_on_hand_and_sold", "received", received, "on hand and sold", onHand + sold],
    ["received_is_deliveries", "received", received, "all deliveries", totals.received],
    ["reserved_is_live_holds", "reserved", reserved, "the live holds", totals.held],
    ["sold_is_committed_holds", "sold", sold, "the committed holds less returns", totals.sold],
  ];
  return checks
    .filter(([, , level, , sum]) => level !== sum)
    .map(([rule, name, level, what, sum]) => ({
      rule,
      subject: sku,
      expected: String(sum),
      found: String(level),
      detail: `${sku} counts ${level} ${name}, and ${what} make ${sum}.`,
    }));
}

/** What is on its way between a shard and its root is no disagreement: one side has counted it, and the other will. */
function counters({ sku, shards = [] }: StockReading): readonly Disagreement[] {
  return shards.flatMap((shard): readonly Disagreement[] => {
    const found = disagreementOf(shard, shard);
    if (found === null) return [];
    const expected = "what the root counts";
    return [{ rule: "shards_agree_with_root", subject: sku, expected, found, detail: `Of ${sku}, ${found}.` }];
  });
}
