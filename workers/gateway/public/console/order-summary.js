/** What an order is: its status, lines, money and ids. */
import { h } from "./dom.js";
import { formatCount, formatMoney, formatTime, humanize } from "./format.js";
import { statusBadge } from "./order-status.js";

/** @import { WireOrder } from "../../console.types.ts" */

/** @param {WireOrder} order @returns {HTMLElement} */
export function orderSummary(order) {
  return h(
    "div",
    { class: "summary" },
    h("p", { class: "summary-head" }, statusBadge(order.status), h("strong", {}, formatMoney(order.total_minor, order.currency))),
    order.failure !== undefined && h("p", { class: "problem-text" }, order.failure.detail),
    h("ul", { class: "items" }, ...order.items.map((item) => itemRow(item, order.currency))),
    h("dl", { class: "pairs" }, ...facts(order).flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)])),
  );
}

/** @param {WireOrder["items"][number]} item @param {string | null} currency */
function itemRow(item, currency) {
  const unitPrice = item.unit_price_minor === null ? null : ` at ${formatMoney(item.unit_price_minor, currency)}`;
  return h(
    "li",
    {},
    h("span", {}, `${formatCount(item.quantity)} × ${item.name ?? item.sku}`, h("span", { class: "muted" }, unitPrice)),
    h("span", { class: "order-total" }, formatMoney(item.line_total_minor, currency)),
  );
}

/** @param {WireOrder} order @returns {[string, Node | string][]} */
function facts(order) {
  /** @type {[string, Node | string][]} */
  const known = [
    ["Order", h("code", {}, order.id)],
    ["Payment", paymentText(order)],
    ["Placed", h("time", { datetime: order.created_at }, formatTime(order.created_at))],
    ["Changed", h("time", { datetime: order.updated_at }, formatTime(order.updated_at))],
    ["Correlation", h("code", {}, order.correlation_id)],
  ];
  return [...known, ...Object.entries(order.metadata)];
}

/** @param {WireOrder} order */
function paymentText({ payment, currency }) {
  if (payment.status === "none") return "Not asked yet";
  return payment.amount_minor === 0
    ? humanize(payment.status)
    : `${humanize(payment.status)}, ${formatMoney(payment.amount_minor, currency)}`;
}
