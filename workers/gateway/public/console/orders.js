/** The live list of orders, from GET /v1/orders. */
import { byId, h, part, renderKeyed, renderWhenChanged } from "./dom.js";
import { formatMoney, formatTime, humanize, shortOrderId } from "./format.js";
import { detailOfError, showFailure, showNote, titleOfError } from "./notes.js";
import { emptyOrderList, hasMore, visibleOrders, withMoreWanted, withNewestPage, withNextPage, withOrder } from "./order-list.js";
import { orderStatuses, statusBadge } from "./order-status.js";
import { startPolling } from "./poll.js";

/** @import { Api } from "./api.js" */
/** @import { OrderList, OrderPage } from "./order-list.js" */
/** @import { OrderStatus, WireOrder } from "../../console.types.ts" */

const intervalMs = 2_000;
// The most that one request may ask for. Orders beyond it are shown as they were when they were read.
const maxPageSize = 100;

/**
 * @param {{ api: Api, openTimeline: (orderId: string) => void }} options
 * @returns {{ showPlaced: (order: WireOrder) => void }}
 */
export function mountOrders({ api, openTimeline }) {
  const root = byId("orders", HTMLElement);
  const note = part(root, "note", HTMLElement);
  const rows = part(root, "list", HTMLUListElement);
  const more = part(root, "more", HTMLButtonElement);
  const filter = part(root, "filter", HTMLSelectElement);
  /** @type {OrderList} */
  let list = emptyOrderList;
  let hasData = false;
  filter.append(h("option", { value: "" }, "All"), ...orderStatuses.map((status) => h("option", { value: status }, humanize(status))));

  const chosenStatus = () => /** @type {OrderStatus | null} */ (filter.value === "" ? null : filter.value);
  const show = () => {
    const visible = visibleOrders(list, chosenStatus());
    renderKeyed(rows, visible, { keyOf: (order) => order.id, create: (order) => createRow(order.id, openTimeline), update: updateRow });
    more.hidden = !hasMore(list, chosenStatus());
    return visible.length;
  };
  const readPage = async (/** @type {Record<string, string>} */ query, /** @type {AbortSignal | undefined} */ signal) => {
    const status = chosenStatus();
    const search = new URLSearchParams({ ...query, ...(status === null ? {} : { status }) });
    const page = /** @type {OrderPage} */ (await api.read(`/v1/orders?${search}`, signal === undefined ? {} : { signal }));
    // The filter may have changed while the page was on its way.
    return status === chosenStatus() ? page : null;
  };

  const poller = startPolling({
    intervalMs,
    task: async (signal) => {
      const page = await readPage({ limit: String(Math.min(list.wanted, maxPageSize)) }, signal);
      if (page === null) return 0;
      list = withNewestPage(list, page);
      hasData = true;
      showNote(note, show() === 0 ? emptyNote(chosenStatus()) : null);
      return intervalMs;
    },
    onFailure: (failure) => {
      showFailure(note, { ...failure, hasData });
      show();
    },
  });

  const readMore = async () => {
    list = withMoreWanted(list, chosenStatus());
    const missing = list.wanted - list.orders.length;
    if (list.nextCursor === null || missing <= 0) return void show();
    more.disabled = true;
    try {
      const page = await readPage({ limit: String(Math.min(missing, maxPageSize)), cursor: list.nextCursor }, undefined);
      if (page !== null) list = withNextPage(list, page);
      show();
    } catch (error) {
      showNote(note, { tone: "bad", title: titleOfError(error), detail: detailOfError(error) });
    }
    more.disabled = false;
  };

  const startOver = () => {
    list = { ...emptyOrderList, placed: list.placed };
    hasData = false;
    showNote(note, { tone: "busy", title: "Loading…" });
    show();
  };

  more.addEventListener("click", () => void readMore());
  filter.addEventListener("change", () => {
    startOver();
    poller.poke();
  });
  startOver();
  return {
    showPlaced: (order) => {
      list = withOrder(list, order);
      if (show() > 0 && hasData) showNote(note, null);
    },
  };
}

/** @param {OrderStatus | null} status @returns {{ tone: "neutral", title: string, detail?: string }} */
const emptyNote = (status) =>
  status === null
    ? { tone: "neutral", title: "No orders yet.", detail: "The first one you place appears here at once." }
    : { tone: "neutral", title: `No order is ${humanize(status).toLowerCase()}.` };

/** @param {string} orderId @param {(orderId: string) => void} openTimeline */
const createRow = (orderId, openTimeline) =>
  h("li", {}, h("button", { type: "button", class: "order-row", "data-part": "row", click: () => openTimeline(orderId) }));

/** @param {HTMLElement} row @param {WireOrder} order */
function updateRow(row, order) {
  row.dataset["status"] = order.status;
  renderWhenChanged(part(row, "row", HTMLButtonElement), `${order.version}`, () => [
    statusBadge(order.status),
    h("span", { class: "order-items" }, describeItems(order)),
    h("span", { class: "order-total" }, formatMoney(order.total_minor, order.currency)),
    h("code", { class: "order-id", title: order.id }, shortOrderId(order.id)),
    h("time", { datetime: order.created_at }, formatTime(order.created_at)),
  ]);
}

/** @param {WireOrder} order */
function describeItems({ items }) {
  const [first] = items;
  if (first === undefined) return "–";
  const others = items.length === 1 ? "" : ` and ${items.length - 1} more`;
  return `${first.quantity} × ${first.name ?? first.sku}${others}`;
}
