/** The average latency of POST /v1/orders and its light, from GET /metrics. */
import { byId, h, part, renderWhenChanged } from "./dom.js";
import { formatCount, formatDuration, formatTime } from "./format.js";
import { toneIcon } from "./icons.js";
import { meanBetween, parseSamples, totalsOf } from "./metrics-text.js";
import { showFailure, showNote } from "./notes.js";
import { startPolling } from "./poll.js";

/** @import { Api } from "./api.js" */
/** @import { Totals } from "./metrics-text.js" */
/** @import { Tone } from "../../console.types.ts" */
/** @typedef {{ meanMs: number, count: number }} Mean */

const intervalMs = 5_000;
const route = { method: "POST", path: "/v1/orders" };
// Long enough to hold a few orders in a quiet shop, short enough to show a change while it is looked at.
const windowMs = 60_000;

/** @param {number} meanMs @returns {{ tone: Tone, text: string }} */
export function lightOf(meanMs) {
  if (meanMs < 1000) return { tone: "good", text: "Good: under 1 s" };
  return meanMs < 2000 ? { tone: "warn", text: "Slow: between 1 s and 2 s" } : { tone: "bad", text: "Too slow: 2 s or more" };
}

/**
 * @param {{ api: Api }} options
 * @returns {{ showLast: (latencyMs: number) => void }}
 */
export function mountLatency({ api }) {
  const root = byId("latency", HTMLElement);
  const note = part(root, "note", HTMLElement);
  const figures = part(root, "figures", HTMLElement);
  /** @type {{ atMs: number, totals: Totals }[]} */
  let readings = [];
  /** @type {number | null} */
  let lastMs = null;
  let isStale = false;
  showNote(note, { tone: "busy", title: "Loading…" });

  const show = () => {
    const means = meansOf(readings);
    const mean = means.recent ?? means.overall;
    const staleSinceMs = isStale ? (readings.at(-1)?.atMs ?? null) : null;
    renderWhenChanged(figures, JSON.stringify([means, lastMs, staleSinceMs]), () => [
      mean !== null && staleSinceMs !== null ? staleHeadline(mean, staleSinceMs) : headline(mean),
      details(means, lastMs),
    ]);
  };

  const poller = startPolling({
    intervalMs,
    task: async (signal) => {
      const totals = totalsOf(parseSamples(String(await api.read("/metrics", { signal }))), route);
      readings = keepWindow(readings, { atMs: Date.now(), totals });
      isStale = false;
      showNote(note, null);
      show();
    },
    onFailure: (failure) => {
      isStale = true;
      showFailure(note, { ...failure, hasData: readings.length > 0 });
      if (readings.length > 0) show();
    },
  });

  return {
    showLast: (latencyMs) => {
      lastMs = latencyMs;
      show();
      poller.poke();
    },
  };
}

/**
 * Keeps the readings of the last minute and the newest one before it, which is where the minute starts. Counters that
 * went back mean that the service began anew, and so does the window.
 *
 * @param {{ atMs: number, totals: Totals }[]} readings
 * @param {{ atMs: number, totals: Totals }} next
 */
function keepWindow(readings, next) {
  const last = readings.at(-1);
  if (last !== undefined && next.totals.count < last.totals.count) return [next];
  const firstInside = readings.findIndex((reading) => reading.atMs > next.atMs - windowMs);
  return [...(firstInside === -1 ? readings.slice(-1) : readings.slice(Math.max(0, firstInside - 1))), next];
}

/** @param {{ totals: Totals }[]} readings @returns {{ recent: Mean | null, overall: Mean | null }} */
function meansOf(readings) {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return { recent: null, overall: null };
  return { recent: meanBetween(first.totals, last.totals), overall: meanBetween({ sumS: 0, count: 0 }, last.totals) };
}

/** @param {Mean | null} mean */
function headline(mean) {
  if (mean === null) return light({ tone: "neutral", value: "–" }, "No order yet");
  const { tone, text } = lightOf(mean.meanMs);
  return light({ tone, value: formatDuration(mean.meanMs) }, toneIcon(tone), text);
}

/** What the mean was says nothing of what it is, so it has no colour. @param {Mean} mean @param {number} readAtMs */
const staleHeadline = ({ meanMs }, readAtMs) =>
  light(
    { tone: "neutral", value: formatDuration(meanMs) },
    toneIcon("neutral"),
    `Unknown now, last read at ${formatTime(new Date(readAtMs).toISOString())}`,
  );

/** @param {{ tone: Tone, value: string }} shown @param {import("./dom.js").Child[]} text */
const light = ({ tone, value }, ...text) =>
  h("p", { class: "light", "data-tone": tone }, h("strong", {}, value), h("span", { class: "light-text" }, ...text));

/** @param {{ recent: Mean | null, overall: Mean | null }} means @param {number | null} lastMs */
function details({ recent, overall }, lastMs) {
  return h(
    "dl",
    { class: "pairs" },
    ...pair("Last minute", describeMean(recent)),
    ...pair("Since the start", describeMean(overall)),
    ...pair("Your last order", lastMs === null ? "–" : formatDuration(lastMs)),
  );
}

/** @param {string} term @param {string} text */
const pair = (term, text) => [h("dt", {}, term), h("dd", {}, text)];

/** @param {Mean | null} mean */
const describeMean = (mean) =>
  mean === null ? "–" : `${formatDuration(mean.meanMs)}, ${formatCount(mean.count)} ${mean.count === 1 ? "request" : "requests"}`;
