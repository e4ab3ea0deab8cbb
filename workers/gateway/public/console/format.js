/** How amounts, durations, times and names are written. Pure. */

/**
 * Integer minor units as money. Exact for every safe integer: the digits are placed as text, not divided.
 *
 * @param {number | bigint | null} amountMinor
 * @param {string | null} currency ISO 4217
 * @returns {string} a dash when the amount is not known yet
 */
export function formatMoney(amountMinor, currency) {
  if (amountMinor === null || currency === null) return "–";
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  return format.format(/** @type {Intl.StringNumericLiteral} */ (placed(amountMinor, placesOf(currency))));
}

/**
 * @param {number} durationMs
 * @returns {string} with the unit that reads best, from 0.1 ms to hours
 */
export function formatDuration(durationMs) {
  if (durationMs < 9.95) return `${trim(durationMs.toFixed(1))} ms`;
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${trim((durationMs / 1000).toFixed(durationMs < 9_995 ? 2 : 1))} s`;
  const minutes = Math.round(durationMs / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * An amount that a person wrote, as integer minor units. Exact: the digits are placed as text, not multiplied.
 *
 * @param {string} text digits with at most as many decimals as the currency has, after a point or a comma
 * @param {string} currency ISO 4217
 * @returns {number | null} null when it is not such an amount, or is more than can be counted exactly
 */
export function parseMoney(text, currency) {
  const places = placesOf(currency);
  const [, whole, decimals = ""] = /^(\d+)(?:[.,](\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || decimals.length > places) return null;
  const amountMinor = Number(whole + decimals.padEnd(places, "0"));
  return Number.isSafeInteger(amountMinor) ? amountMinor : null;
}

/**
 * @param {number} amountMinor
 * @param {string} currency ISO 4217
 * @returns {string} as `parseMoney` reads it: digits and a point, no sign of the currency
 */
export const writeMoney = (amountMinor, currency) => placed(amountMinor, placesOf(currency));

/** How many decimals a currency has. @param {string} currency */
const placesOf = (currency) =>
  new Intl.NumberFormat(undefined, { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** @param {number | bigint} amountMinor @param {number} places */
function placed(amountMinor, places) {
  const digits = String(amountMinor).padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/**
 * @param {string} timestamp RFC 3339
 * @param {number} nowMs
 * @returns {string} the time left until then as minutes and seconds, `14:05`; never below 0:00
 */
export function formatCountdown(timestamp, nowMs) {
  const seconds = Math.max(0, Math.ceil((Date.parse(timestamp) - nowMs) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {string} decimal */
const trim = (decimal) => (decimal.includes(".") ? decimal.replace(/0+$/, "").replace(/\.$/, "") : decimal);

/** @param {number} count @returns {string} with the separators of the reader's language */
export const formatCount = (count) => new Intl.NumberFormat().format(count);

/**
 * @param {string} timestamp RFC 3339
 * @param {{ precise?: boolean, nowMs?: number }} [options] `precise` adds the milliseconds
 * @returns {string} the time of day, with the date before it when that is not today
 */
export function formatTime(timestamp, { precise = false, nowMs = Date.now() } = {}) {
  const date = new Date(timestamp);
  const time = date.toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    ...(precise ? { fractionalSecondDigits: 3 } : {}),
  });
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  return isToday ? time : `${date.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`;
}

/** @param {string} name snake_case @returns {string} "pending_payment" as "Pending payment" */
export function humanize(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {string} orderId @returns {string} enough of it to tell two orders apart by eye */
export const shortOrderId = (orderId) => (orderId.length > 14 ? `${orderId.slice(0, 12)}…` : orderId);
