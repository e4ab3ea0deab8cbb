/** The stock panel: every product with its levels, a bar of where its units are, and for operators a way to receive more. */
import { ProblemError } from "./api.js";
import { byId, h, part, renderKeyed, renderWhenChanged } from "./dom.js";
import { formatCount, formatMoney } from "./format.js";
import { showFailure, showNote } from "./notes.js";
import { startPolling } from "./poll.js";
import { receiveForm } from "./receive-form.js";

/** @import { Api } from "./api.js" */
/** @import { Catalogue } from "./catalogue.js" */
/** @import { WireInventory, WireProduct } from "../../console.types.ts" */
/** @typedef {WireInventory | "missing" | "unknown"} Levels */

const intervalMs = 5_000;
const shownAtFirst = 12;
// One level is one request: the more are shown, the less often they are read.
const intervalPerLevelMs = 250;

/**
 * @param {{ api: Api, catalogue: Catalogue, isOperator: boolean }} options
 * @returns {{ refresh: () => void }}
 */
export function mountStock({ api, catalogue, isOperator }) {
  const root = byId("stock", HTMLElement);
  const note = part(root, "note", HTMLElement);
  const list = part(root, "list", HTMLUListElement);
  const more = part(root, "more", HTMLButtonElement);
  /** @type {Map<string, Levels>} */
  const levels = new Map();
  let shownCount = shownAtFirst;
  let hasData = false;
  showNote(note, { tone: "busy", title: "Loading…" });

  const setLevels = (/** @type {WireInventory} */ inventory) => {
    levels.set(inventory.sku, inventory);
    show();
  };
  const show = () => {
    renderKeyed(list, catalogue.products.slice(0, shownCount), {
      keyOf: (product) => product.sku,
      create: (product) => createRow(product.sku, isOperator ? receiveForm({ api, sku: product.sku, onReceived: setLevels }) : []),
      update: (row, product) => updateRow(row, product, levels.get(product.sku)),
    });
    more.hidden = shownCount >= catalogue.products.length && !catalogue.hasMore;
    showNote(
      note,
      hasData && catalogue.products.length === 0 ? { tone: "neutral", title: "No products yet.", detail: emptyHint(isOperator) } : null,
    );
  };

  const poller = startPolling({
    intervalMs,
    task: async (signal) => {
      await catalogue.refresh(signal);
      hasData = true;
      show();
      const skus = catalogue.products.slice(0, shownCount).map((product) => product.sku);
      for (const [sku, level] of await Promise.all(skus.map((sku) => readLevels(api, { sku, signal })))) levels.set(sku, level);
      show();
      return Math.max(intervalMs, skus.length * intervalPerLevelMs);
    },
    onFailure: (failure) => showFailure(note, { ...failure, hasData }),
  });

  more.addEventListener("click", () => {
    shownCount += shownAtFirst;
    if (shownCount > catalogue.products.length && catalogue.hasMore) catalogue.widen();
    show();
    poller.poke();
  });
  return { refresh: poller.poke };
}

/** @param {boolean} isOperator */
const emptyHint = (isOperator) => (isOperator ? "Create one with PUT /v1/products/:sku." : "An operator creates them.");

/**
 * One level that cannot be read does not hide the others.
 *
 * @param {Api} api
 * @param {{ sku: string, signal: AbortSignal }} query
 * @returns {Promise<[string, Levels]>}
 */
async function readLevels(api, { sku, signal }) {
  try {
    return [sku, /** @type {WireInventory} */ (await api.read(`/v1/inventory/${encodeURIComponent(sku)}`, { signal }))];
  } catch (error) {
    return [sku, error instanceof ProblemError && error.status === 404 ? "missing" : "unknown"];
  }
}

/** @param {string} sku @param {HTMLElement[]} receive the button, then what it opens */
function createRow(sku, [toggle, ...opened]) {
  return h(
    "li",
    { "data-sku": sku },
    h("div", { class: "stock-head", "data-part": "head" }),
    h("div", { class: "stock-sub" }, h("code", {}, sku), toggle),
    ...opened,
    h("div", { "data-part": "levels" }),
  );
}

/** @param {HTMLElement} row @param {WireProduct} product @param {Levels | undefined} level */
function updateRow(row, product, level) {
  const price = formatMoney(product.price_minor, product.currency);
  renderWhenChanged(part(row, "head", HTMLElement), JSON.stringify([product.name, price]), () => [
    h("span", { class: "product-name" }, product.name),
    h("span", { class: "price" }, price),
  ]);
  renderWhenChanged(part(row, "levels", HTMLElement), JSON.stringify(level ?? null), () => levelParts(level));
}

/** @param {Levels | undefined} level */
function levelParts(level) {
  if (level === undefined) return [h("p", { class: "muted" }, "Loading…")];
  if (level === "missing") return [h("p", { class: "muted" }, "No stock was ever received.")];
  if (level === "unknown") return [h("p", { class: "problem-text" }, "The levels cannot be read now.")];
  const spread = level.shards > 1 ? [h("p", { class: "muted" }, `Spread over ${formatCount(level.shards)} objects.`)] : [];
  return [bar(level), figures(level), ...spread];
}

/** The bar repeats the figures below it. @param {WireInventory} level */
function bar(level) {
  const segment = (/** @type {string} */ kind, /** @type {number} */ units) => {
    const element = h("span", { class: `segment ${kind}` });
    element.style.setProperty("--share", String(level.received === 0 ? 0 : units / level.received));
    return element;
  };
  return h(
    "div",
    { class: "bar", "aria-hidden": "true" },
    segment("available", level.available),
    segment("reserved", level.reserved),
    segment("sold", level.sold),
  );
}

/** @param {WireInventory} level */
function figures(level) {
  const figure = (/** @type {string} */ term, /** @type {number} */ units, /** @type {string} */ kind) =>
    h("div", { class: kind, "data-empty": units === 0 && kind === "available" }, h("dt", {}, term), h("dd", {}, formatCount(units)));
  return h(
    "dl",
    { class: "figures" },
    figure("Available", level.available, "available"),
    figure("Reserved", level.reserved, "reserved"),
    figure("On hand", level.on_hand, "on-hand"),
    figure("Sold", level.sold, "sold"),
  );
}
