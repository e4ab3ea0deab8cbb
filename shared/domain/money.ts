/** Integer minor units. Products and sums are made in BigInt, so nothing is rounded on the way to the check. */

/** The exact total of the lines, or null when it is above 2^53 - 1 and cannot be charged. */
export function totalOf(lines: readonly { readonly quantity: number; readonly unitPriceMinor: number }[]): number | null {
  const total = lines.reduce((sum, line) => sum + BigInt(line.unitPriceMinor) * BigInt(line.quantity), 0n);
  return total <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(total) : null;
}
