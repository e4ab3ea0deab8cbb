/**
 * An amount as a customer reads it, such as `EUR 20.00`. Exact for every amount: a decimal string keeps the digits that a
 * number would lose. ISO 4217 says how many of them are minor.
 *
 * @param amountMinor Integer minor units, 0 to 2^53 - 1.
 */
export function formatAmount(amountMinor: number, currency: string): string {
  const { format, digits } = formatOf(currency);
  const padded = String(amountMinor).padStart(digits + 1, "0");
  const decimal = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
  return format.format(decimal as `${number}`).replace("\u00a0", " ");
}

/** One for each currency: making one costs more than all the rest. Currencies are three letters, so they are few enough to keep. */
const formats = new Map<string, CurrencyFormat>();

interface CurrencyFormat {
  readonly format: Intl.NumberFormat;
  /** Of an amount's decimals. */
  readonly digits: number;
}

function formatOf(currency: string): CurrencyFormat {
  const known = formats.get(currency);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" });
  const created = { format, digits: format.resolvedOptions().maximumFractionDigits ?? 2 };
  formats.set(currency, created);
  return created;
}
