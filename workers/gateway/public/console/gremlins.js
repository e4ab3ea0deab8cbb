/** The banner that says loudly that faults are let loose on purpose. */
import { byId, h, renderWhenChanged } from "./dom.js";
import { formatDuration, humanize } from "./format.js";
import { toneIcon } from "./icons.js";

/** @import { WireGremlin } from "../../console.types.ts" */

/** @param {readonly WireGremlin[] | undefined} gremlins undefined: chaos is off, and there is no banner */
export function showGremlins(gremlins) {
  const banner = byId("chaos", HTMLElement);
  banner.hidden = gremlins === undefined;
  const loose = (gremlins ?? []).filter(({ enabled }) => enabled).map(describeGremlin);
  renderWhenChanged(banner, JSON.stringify(loose), () => [
    toneIcon("warn"),
    "Chaos is on: faults are made on purpose here. ",
    h("span", {}, loose.length === 0 ? "No gremlin is loose." : `Loose: ${loose.join("; ")}.`),
  ]);
}

/**
 * @param {WireGremlin} gremlin
 * @returns {string} such as "latency of 500 ms in payment (charge), 25 %"
 */
export function describeGremlin({ kind, service, operation, delay_ms: delayMs, probability }) {
  const what = humanize(kind.replaceAll("-", " ")).toLowerCase();
  const delay = delayMs === null ? "" : ` of ${formatDuration(delayMs)}`;
  const where = operation === null ? service : `${service} (${humanize(operation).toLowerCase()})`;
  const share = probability === 1 ? "" : `, ${Number((probability * 100).toPrecision(3))} %`;
  return `${what}${delay} in ${where}${share}`;
}
