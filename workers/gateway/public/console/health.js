/** The health panel and the pill in the page's head, from GET /health. */
import { ProblemError } from "./api.js";
import { byId, h, part, renderWhenChanged } from "./dom.js";
import { formatDuration, formatTime, humanize } from "./format.js";
import { showGremlins } from "./gremlins.js";
import { toneIcon } from "./icons.js";
import { showFailure, showNote } from "./notes.js";
import { startPolling } from "./poll.js";

/** @import { Api, Answer } from "./api.js" */
/** @import { DependencyHealth, Tone, WireHealth } from "../../console.types.ts" */

const intervalMs = 5_000;

/** @type {Record<WireHealth["status"], { tone: Tone, label: string, meaning: string }>} */
const overalls = {
  healthy: { tone: "good", label: "Healthy", meaning: "" },
  degraded: { tone: "warn", label: "Degraded", meaning: "Orders are taken. What is down catches up when it is back." },
  unhealthy: { tone: "bad", label: "Unhealthy", meaning: "Orders cannot be taken." },
};

/** @param {{ api: Api }} options */
export function mountHealth({ api }) {
  const root = byId("health", HTMLElement);
  const pill = byId("overall", HTMLElement);
  const note = part(root, "note", HTMLElement);
  const list = part(root, "list", HTMLUListElement);
  let hasData = false;
  showNote(note, { tone: "busy", title: "Loading…" });

  startPolling({
    intervalMs,
    task: async (signal) => {
      const health = readHealth(await api.call("GET", "/health", { signal }));
      hasData = true;
      showOverall({ pill, note }, health);
      showGremlins(health.chaos);
      showDependencies(list, health.dependencies);
    },
    onFailure: (failure) => {
      showPill(pill, { tone: "bad", label: "No answer" });
      showFailure(note, { ...failure, hasData });
    },
  });
}

/** 503 is an answer here: it says what is down. @param {Answer} answer @returns {WireHealth} */
function readHealth(answer) {
  if (typeof answer.body === "object" && answer.body !== null && "dependencies" in answer.body)
    return /** @type {WireHealth} */ (answer.body);
  throw new ProblemError(answer);
}

/** @param {{ pill: HTMLElement, note: HTMLElement }} places @param {WireHealth} health */
function showOverall({ pill, note }, health) {
  const overall = overalls[health.status];
  showPill(pill, overall);
  pill.title = `As of ${formatTime(health.timestamp)}`;
  showNote(note, overall.tone === "good" ? null : { tone: overall.tone, title: `${overall.label}.`, detail: overall.meaning });
}

/** @param {HTMLElement} pill @param {{ tone: Tone, label: string }} overall */
function showPill(pill, { tone, label }) {
  pill.dataset["tone"] = tone;
  renderWhenChanged(pill, label, () => [toneIcon(tone), label]);
}

/** @param {HTMLElement} list @param {WireHealth["dependencies"]} dependencies */
function showDependencies(list, dependencies) {
  renderWhenChanged(list, JSON.stringify(dependencies), () =>
    Object.entries(dependencies).map(([name, health]) => dependencyRow(name, health)),
  );
}

/** @param {string} name @param {DependencyHealth} health */
function dependencyRow(name, health) {
  const tone = health.status === "up" ? "good" : "bad";
  return h(
    "li",
    { "data-tone": tone, "data-dependency": name },
    toneIcon(tone),
    h("span", { class: "dependency-name" }, humanize(name)),
    h("span", { class: "dependency-state" }, humanize(health.status)),
    h("span", { class: "dependency-latency" }, formatDuration(health.latency_ms)),
    health.detail !== undefined && h("span", { class: "dependency-detail" }, health.detail),
  );
}
