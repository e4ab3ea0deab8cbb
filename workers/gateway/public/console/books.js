/** The operator's panel: whether the books agree (GET /v1/audit), and money or stock that is stuck (GET /v1/stuck). */
import { changeForm } from "./change-form.js";
import { byId, h, part } from "./dom.js";
import { formatCount, formatDuration, formatMoney, humanize } from "./format.js";
import { toneIcon } from "./icons.js";
import { detailOfError, showNote, titleOfError } from "./notes.js";
import { changeSender } from "./send-change.js";

/** @import { Api } from "./api.js" */
/** @import { Change, Note } from "./change-kinds.js" */
/** @import { WireAudit, WireDisagreement, WireIntervention, WireStuckItem, WireStuckList } from "../../console.types.ts" */

// What a person can look through; the rest is in the API.
const maxShown = 50;

/** @param {{ api: Api, openTimeline: (orderId: string) => void }} options */
export function mountBooks({ api, openTimeline }) {
  const root = byId("books", HTMLElement);
  const [auditButton, stuckButton] = [part(root, "audit", HTMLButtonElement), part(root, "stuck", HTMLButtonElement)];
  const note = part(root, "note", HTMLElement);
  const [findings, items] = [part(root, "findings", HTMLElement), part(root, "items", HTMLElement)];
  const result = part(root, "result", HTMLElement);
  root.hidden = false;

  const run = async (/** @type {string} */ doing, /** @type {() => Promise<Note>} */ work) => {
    auditButton.disabled = stuckButton.disabled = true;
    for (const list of [findings, items]) list.replaceChildren();
    showNote(result, null);
    showNote(note, { tone: "busy", title: doing });
    try {
      showNote(note, await work());
    } catch (error) {
      showNote(note, { tone: "bad", title: titleOfError(error), detail: detailOfError(error) });
    }
    auditButton.disabled = stuckButton.disabled = false;
  };

  const audit = async () => {
    const pages = /** @type {WireAudit[]} */ (await readPages(api, "/v1/audit", (pages) => showNote(note, progressNote(pages))));
    const disagreements = pages.flatMap((page) => page.disagreements);
    findings.replaceChildren(...disagreements.slice(0, maxShown).map((each) => disagreementRow(each, openTimeline)));
    return verdict(pages);
  };
  const lookForStuck = async () => {
    const pages = /** @type {WireStuckList[]} */ (await readPages(api, "/v1/stuck", () => {}));
    const stuck = pages.flatMap((page) => page.data);
    const say = (/** @type {Note | null} */ said) => showNote(result, said);
    items.replaceChildren(...stuck.slice(0, maxShown).map((item) => stuckRow(item, { api, openTimeline, say })));
    return stuckNote(stuck.length);
  };
  auditButton.addEventListener("click", () => void run("Comparing…", audit));
  stuckButton.addEventListener("click", () => void run("Looking…", lookForStuck));
}

/**
 * Every page of a list, one after the other.
 *
 * @param {Api} api
 * @param {string} path
 * @param {(pages: readonly any[]) => void} onPage
 * @returns {Promise<unknown[]>}
 */
async function readPages(api, path, onPage) {
  /** @type {{ next_cursor: string | null }[]} */
  const pages = [];
  for (let cursor = /** @type {string | null} */ (""); cursor !== null; cursor = pages.at(-1)?.next_cursor ?? null) {
    const search = cursor === "" ? "" : `?${new URLSearchParams({ cursor })}`;
    pages.push(/** @type {{ next_cursor: string | null }} */ (await api.read(`${path}${search}`)));
    onPage(pages);
  }
  return pages;
}

/** @param {readonly WireAudit[]} pages @param {keyof WireAudit["checked"]} name */
const checked = (pages, name) => pages.reduce((sum, page) => sum + page.checked[name], 0);

/** @param {readonly WireAudit[]} pages @returns {Note} */
const progressNote = (pages) => ({ tone: "busy", title: "Comparing…", detail: countsText(pages) });

/** @param {readonly WireAudit[]} pages */
const countsText = (pages) =>
  `${formatCount(checked(pages, "orders"))} orders, ${formatCount(checked(pages, "skus"))} SKUs, ${formatCount(checked(pages, "holds"))} holds and ${formatCount(checked(pages, "captures"))} captures looked at.`;

/** @param {readonly WireAudit[]} pages @returns {Note} */
function verdict(pages) {
  const inFlight = pages.reduce((sum, page) => sum + page.in_flight, 0);
  const detail = `${countsText(pages)}${inFlight > 0 ? ` ${formatCount(inFlight)} still under way.` : ""}`;
  const wrong = pages.reduce((sum, page) => sum + page.disagreements.length, 0);
  if (pages.every((page) => page.ok)) return { tone: "good", title: "The books agree.", detail };
  return { tone: "bad", title: `${formatCount(wrong)} ${wrong === 1 ? "disagreement" : "disagreements"}.`, detail };
}

/** @param {number} count @returns {Note} */
const stuckNote = (count) =>
  count === 0
    ? { tone: "good", title: "Nothing is stuck." }
    : { tone: "warn", title: `${formatCount(count)} ${count === 1 ? "thing is" : "things are"} stuck.` };

/** @param {WireDisagreement} disagreement @param {(orderId: string) => void} openTimeline */
function disagreementRow({ rule, subject, detail }, openTimeline) {
  return h(
    "li",
    { "data-tone": "bad", "data-rule": rule },
    h(
      "p",
      { class: "finding-head" },
      h("span", {}, toneIcon("bad"), " ", h("strong", {}, humanize(rule))),
      subjectLink(subject, openTimeline),
    ),
    h("p", {}, detail),
  );
}

/** @param {string} subject an order's id or an SKU @param {(orderId: string) => void} openTimeline */
const subjectLink = (subject, openTimeline) =>
  subject.startsWith("ord_")
    ? h("button", { type: "button", class: "quiet small", click: () => openTimeline(subject) }, h("code", {}, subject))
    : h("code", {}, subject);

/** @type {Record<WireStuckItem["actions"][number], { label: string, lead: string, isGrave: boolean }>} */
const actions = {
  finish: { label: "Finish", lead: "The order is taken up again, or what it sold is handed over.", isGrave: false },
  void: { label: "Give the money back", lead: "The money goes back to whoever paid it. This cannot be undone.", isGrave: true },
  release: { label: "Release the stock", lead: "The units can be sold again.", isGrave: true },
};

/** @param {WireStuckItem} item @param {{ api: Api, openTimeline: (orderId: string) => void, say: (note: Note | null) => void }} context */
function stuckRow(item, { api, openTimeline, say }) {
  const amount = item.amount_minor === null ? null : formatMoney(item.amount_minor, item.currency);
  const row = h(
    "li",
    { "data-tone": "warn", "data-stuck": item.kind },
    h(
      "p",
      { class: "finding-head" },
      h("span", {}, toneIcon("warn"), " ", h("strong", {}, humanize(item.kind))),
      amount !== null && h("span", {}, amount),
      item.sku !== null && h("code", {}, item.sku),
      h("span", { class: "muted" }, `for ${formatDuration(item.age_seconds * 1000)}`),
      subjectLink(item.order_id, openTimeline),
    ),
    h("p", {}, item.detail),
  );
  const forms = item.actions.map((action) => resolveForm(item, action, { api, say, onDone: () => row.remove() }));
  row.append(h("div", { class: "actions" }, ...forms.map(({ button }) => button)), ...forms.map(({ form }) => form));
  return row;
}

/**
 * @param {WireStuckItem} item
 * @param {WireStuckItem["actions"][number]} action
 * @param {{ api: Api, say: (note: Note | null) => void, onDone: () => void }} context
 */
function resolveForm(item, action, { api, say, onDone }) {
  /** @type {Change} */
  const change = {
    ...actions[action],
    fields: [],
    confirmText: () => actions[action].label,
    read: () => ({ action }),
    hint: "",
    path: `/v1/stuck/${encodeURIComponent(item.id)}/resolve`,
    doneNote: (body) => interventionNote(/** @type {WireIntervention} */ (body)),
  };
  const { send, forget } = changeSender(api, change);
  return changeForm({
    id: `resolve-${item.id}-${action}`,
    change,
    onOpen: () => say(null),
    onForget: forget,
    onHint: () => {},
    send: async (body) => {
      const { kind, note } = await send(body);
      say(note);
      if (kind === "done" && note.tone !== "bad") onDone();
      return kind;
    },
  });
}

/** @param {WireIntervention} intervention @returns {Note} */
function interventionNote({ item, outcome, detail }) {
  const what = { done: "Done.", under_way: "Asked for; it will be done.", refused: "Refused." }[outcome];
  const tone = /** @type {const} */ ({ done: "good", under_way: "busy", refused: "bad" })[outcome];
  return { tone, title: what, detail: detail ?? `Order ${item.order_id}.` };
}
