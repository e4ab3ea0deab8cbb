/**
 * An amount as a customer reads it, such as `EUR 20.00`. Exact for every amount: a decimal string keeps the digits that a
 * number would lose. ISO 4217 says how many of them are minor.
 *
 * @param amountMinor Integer minor units, 0 to 2^53 - 1.
 */
export function formatAmount(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const padded = String(amountMinor).padStart(digits + 1, "0");
  const decimal = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
  return format.format(decimal as `${number}`).replace("\u00a0", " ");
}
