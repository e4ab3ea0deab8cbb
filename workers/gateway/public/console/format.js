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
  const places = format.resolvedOptions().maximumFractionDigits ?? 2;
  const digits = String(amountMinor).padStart(places + 1, "0");
  const decimal = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return format.format(/** @type {Intl.StringNumericLiteral} */ (decimal));
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
