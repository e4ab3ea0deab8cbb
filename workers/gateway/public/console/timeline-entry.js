/** The journal of an order as a list of steps. */
import { h } from "./dom.js";
import { formatCount, formatDuration, formatMoney, formatTime, humanize } from "./format.js";
import { shapeIcon, toneIcon } from "./icons.js";
import { describeStep } from "./timeline-steps.js";

/** @import { Tone, WireTimeline, WireTimelineEntry } from "../../console.types.ts" */

/** @type {Record<WireTimelineEntry["outcome"], { tone: Tone, text: string }>} */
const outcomes = {
  ok: { tone: "good", text: "done" },
  refused: { tone: "bad", text: "refused" },
  unknown: { tone: "warn", text: "outcome unknown" },
};

/**
 * @param {WireTimeline} timeline
 * @param {{ nowMs?: number }} [options]
 * @returns {HTMLElement[]}
 */
export function timelineParts(timeline, { nowMs = Date.now() } = {}) {
  const longestMs = Math.max(...timeline.entries.map((entry) => entry.duration_ms), 0);
  return [
    h("h3", { class: "section-title" }, "Timeline"),
    timeline.entries.length === 0 ? h("p", { class: "muted" }, "Nothing has happened yet.") : stepList(timeline, { longestMs, nowMs }),
  ];
}

/** @param {WireTimeline} timeline @param {{ longestMs: number, nowMs: number }} scale */
function stepList({ entries, next }, { longestMs, nowMs }) {
  return h(
    "ol",
    { class: "timeline" },
    ...entries.map((entry, index) => stepItem(entry, { longestMs, previousCause: entries[index - 1]?.cause })),
    next !== null && nextItem(next, nowMs),
  );
}

/** A cause is told once, where it begins. @param {WireTimelineEntry} entry @param {{ longestMs: number, previousCause: string | undefined }} context */
function stepItem(entry, { longestMs, previousCause }) {
  const { tone, text } = outcomes[entry.outcome];
  const { words, shape } = describeStep(entry.step);
  return h(
    "li",
    { "data-tone": tone, "data-step": entry.step },
    // What went as it should shows what it was; what did not shows that first.
    entry.outcome === "ok" ? shapeIcon(shape) : toneIcon(tone),
    h(
      "div",
      { class: "step" },
      h(
        "p",
        { class: "step-head" },
        h("strong", {}, words),
        h("span", { class: "step-outcome" }, text),
        entry.attempt > 1 && h("span", { class: "step-attempt" }, `attempt ${entry.attempt}`),
      ),
      durationBar(entry.duration_ms, longestMs),
      entry.detail !== null && h("p", { class: "step-detail" }, entry.detail),
      effects(entry),
      h(
        "p",
        { class: "step-cause" },
        h("time", { datetime: entry.at }, formatTime(entry.at, { precise: true })),
        ` · ${humanize(entry.status).toLowerCase()}`,
        entry.cause !== previousCause && ` · by ${entry.cause}`,
      ),
    ),
  );
}

/** @param {number} durationMs @param {number} longestMs */
function durationBar(durationMs, longestMs) {
  const fill = h("span", { class: "duration-fill" });
  fill.style.setProperty("--share", String(longestMs === 0 ? 0 : durationMs / longestMs));
  return h(
    "p",
    { class: "duration" },
    h("span", { class: "duration-bar", "aria-hidden": "true" }, fill),
    // The clock of a Worker stands still between two I/O operations.
    h("span", {}, durationMs === 0 ? "under 1 ms" : formatDuration(durationMs)),
  );
}

/** What the step did to stock and money. @param {WireTimelineEntry} entry */
function effects({ stock, money }) {
  const chips = [
    ...stock.map(({ effect, quantity, sku }) =>
      h("li", { "data-effect": effect }, `${humanize(effect)} ${formatCount(quantity)} × ${sku}`),
    ),
    ...(money === null
      ? []
      : [h("li", { "data-effect": money.effect }, moneyTexts[money.effect](formatMoney(money.amount_minor, money.currency)))]),
  ];
  return chips.length === 0 ? null : h("ul", { class: "effects" }, ...chips);
}

/** @type {Record<NonNullable<WireTimelineEntry["money"]>["effect"], (amount: string) => string>} */
const moneyTexts = {
  captured: (amount) => `${amount} captured`,
  declined: (amount) => `${amount} declined`,
  unknown: (amount) => `${amount}: not known whether captured`,
  voided: (amount) => `${amount} voided: never to be taken`,
  refunded: (amount) => `${amount} given back`,
};

/** @param {NonNullable<WireTimeline["next"]>} next @param {number} nowMs */
function nextItem({ step, attempt, at }, nowMs) {
  const inMs = Date.parse(at) - nowMs;
  const when = inMs > 500 ? `in ${Math.round(inMs / 1000)} s, at ${formatTime(at)}` : "now";
  return h(
    "li",
    { class: "next", "data-tone": "busy" },
    toneIcon("busy"),
    h("p", {}, h("strong", {}, `Next: ${describeStep(step).words.toLowerCase()}`), `${attempt > 1 ? `, attempt ${attempt}` : ""} ${when}`),
  );
}
