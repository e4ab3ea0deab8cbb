/** The lines of the order form: which product, how many. */
import { h, part } from "./dom.js";
import { formatMoney } from "./format.js";

/** @import { Catalogue } from "./catalogue.js" */
/** @import { WireProduct } from "../../console.types.ts" */
/** @typedef {{ sku: string, quantity: number }} Line */

// What POST /v1/orders takes.
const maxLines = 100;
let lineCount = 0;

/**
 * @param {{ form: HTMLElement, catalogue: Catalogue, onChange: () => void }} options
 * @returns {{ read: () => Line[] }}
 */
export function mountOrderLines({ form, catalogue, onChange }) {
  const list = part(form, "lines", HTMLOListElement);
  const add = part(form, "add", HTMLButtonElement);

  const refreshButtons = () => {
    const buttons = [...list.querySelectorAll("button")];
    buttons.forEach((button, index) => {
      button.hidden = buttons.length === 1;
      button.setAttribute("aria-label", `Remove line ${index + 1}`);
    });
    add.disabled = buttons.length >= maxLines;
    onChange();
  };
  const addLine = (/** @type {string | undefined} */ sku) => {
    const line = createLine(catalogue.products, sku);
    line.querySelector("button")?.addEventListener("click", () => {
      line.remove();
      add.focus();
      refreshButtons();
    });
    list.append(line);
    refreshButtons();
    return line;
  };

  catalogue.onChange(() => {
    for (const select of list.querySelectorAll("select")) fillProducts(select, catalogue.products);
    if (list.children.length === 0 && catalogue.products.length > 0) addLine(undefined);
    onChange();
  });
  add.addEventListener("click", () =>
    addLine(firstUnused(catalogue.products, readLines(list)))
      .querySelector("select")
      ?.focus(),
  );
  list.addEventListener("input", onChange);
  return { read: () => readLines(list) };
}

/** @param {readonly WireProduct[]} products @param {string | undefined} sku */
function createLine(products, sku) {
  lineCount += 1;
  const productId = `line-product-${lineCount}`;
  const quantityId = `line-quantity-${lineCount}`;
  const select = h("select", { id: productId, required: true });
  fillProducts(select, products);
  if (sku !== undefined) select.value = sku;
  return h(
    "li",
    { class: "line" },
    h("div", { class: "field grow" }, h("label", { for: productId }, "Product"), select),
    h(
      "div",
      { class: "field quantity" },
      h("label", { for: quantityId }, "Quantity"),
      h("input", { id: quantityId, type: "number", min: 1, max: 1_000_000, step: 1, value: 1, required: true }),
    ),
    h("button", { type: "button", class: "quiet remove" }, "×"),
  );
}

/** Brings the choices up to date and keeps what is chosen. @param {HTMLSelectElement} select @param {readonly WireProduct[]} products */
function fillProducts(select, products) {
  const signature = JSON.stringify(products.map(({ sku, name, price_minor, currency }) => [sku, name, price_minor, currency]));
  if (select.dataset["signature"] === signature) return;
  const chosen = select.value;
  select.dataset["signature"] = signature;
  select.replaceChildren(
    ...products.map((product) =>
      h("option", { value: product.sku }, `${product.name} · ${formatMoney(product.price_minor, product.currency)}`),
    ),
  );
  if (products.some((product) => product.sku === chosen)) select.value = chosen;
}

/** @param {HTMLElement} list @returns {Line[]} */
const readLines = (list) =>
  [...list.children].flatMap((line) => {
    const [select, input] = [line.querySelector("select"), line.querySelector("input")];
    return select === null || input === null ? [] : [{ sku: select.value, quantity: input.valueAsNumber }];
  });

/** @param {readonly WireProduct[]} products @param {readonly Line[]} lines */
const firstUnused = (products, lines) => products.find((product) => !lines.some((line) => line.sku === product.sku))?.sku;

/**
 * The total at the prices shown.
 *
 * @param {readonly Line[]} lines
 * @param {readonly WireProduct[]} products
 * @returns {{ amountMinor: number, currency: string } | null} null when it cannot be said: a price is missing, two
 *   currencies, a quantity that is not a whole number, or more than can be counted exactly
 */
export function totalOf(lines, products) {
  const priced = lines.map(({ sku, quantity }) => ({ quantity, product: products.find((product) => product.sku === sku) }));
  const currency = priced[0]?.product?.currency;
  if (currency === undefined || !priced.every(({ product, quantity }) => product?.currency === currency && Number.isSafeInteger(quantity)))
    return null;
  const total = priced.reduce((sum, { quantity, product }) => sum + BigInt(quantity) * BigInt(product?.price_minor ?? 0), 0n);
  return total > BigInt(Number.MAX_SAFE_INTEGER) ? null : { amountMinor: Number(total), currency };
}
