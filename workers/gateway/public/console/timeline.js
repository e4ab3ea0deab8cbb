/** One order in full, in a sheet at the side: what it is, what can be done to it, and its journal step by step while it runs. */
import { ProblemError } from "./api.js";
import { byId, part, renderWhenChanged } from "./dom.js";
import { showFailure, showNote } from "./notes.js";
import { addressOf, orderIdIn } from "./order-address.js";
import { mountOrderChanges } from "./order-changes.js";
import { isUnderWay } from "./order-status.js";
import { orderSummary, tickCountdowns } from "./order-summary.js";
import { startPolling } from "./poll.js";
import { timelineParts } from "./timeline-entry.js";

/** @import { Api } from "./api.js" */
/** @import { WireOrder, WirePayment, WireTimeline } from "../../console.types.ts" */
/** @typedef {{ order: WireOrder, payment: WirePayment, timeline: WireTimeline }} Reading */

const intervalMs = 1_000;

/**
 * @param {object} options
 * @param {Api} options.api
 * @param {boolean} options.isOperator
 * @param {(order: WireOrder) => void} options.onOrder told of every state of an order that is read here
 * @param {() => void} options.onChanged told when something was done to an order
 * @returns {{ open: (orderId: string) => void, followAddress: () => void }} `followAddress` opens the order that the page's
 *   address names, now and whenever it names another one
 */
export function mountTimeline({ api, isOperator, onOrder, onChanged }) {
  const sheet = byId("order-dialog", HTMLDialogElement);
  const title = byId("sheet-title", HTMLElement);
  const note = part(sheet, "note", HTMLElement);
  const summary = part(sheet, "summary", HTMLElement);
  const journal = part(sheet, "journal", HTMLElement);
  let stop = () => {};
  let look = () => {};
  const changes = mountOrderChanges({
    api,
    isOperator,
    place: part(sheet, "actions", HTMLElement),
    onChanged: () => {
      onChanged();
      if (sheet.open) look();
    },
  });

  part(sheet, "close", HTMLButtonElement).addEventListener("click", () => sheet.close());
  // A click on the dialog itself, and not on what is in it, is a click on the backdrop.
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.addEventListener("close", () => {
    // It comes late: another order may be open again.
    if (sheet.open) return;
    stop();
    if (orderIdIn(location.hash) !== null) history.pushState(null, "", location.pathname);
    // What had the focus before is gone, or there was nothing: the keyboard goes on at the content.
    if (document.activeElement === document.body || sheet.contains(document.activeElement)) byId("main", HTMLElement).focus();
  });

  const show = (/** @type {Reading} */ { order, payment, timeline }) => {
    renderWhenChanged(summary, JSON.stringify([order, payment]), () => [orderSummary(order, payment)]);
    tickCountdowns(summary, Date.now());
    changes.show(order, payment);
    // The countdown to the next step is part of what is shown, so it is part of the signature.
    const signature = JSON.stringify([timeline, timeline.next === null ? 0 : Math.floor(Date.now() / 1000)]);
    renderWhenChanged(journal, signature, () => timelineParts(timeline));
    onOrder(order);
  };
  const clear = () => {
    stop();
    for (const place of [summary, journal]) renderWhenChanged(place, "", () => []);
    changes.clear();
  };

  const open = (/** @type {string} */ orderId) => {
    clear();
    showNote(note, { tone: "busy", title: "Loading…" });
    if (!sheet.open) sheet.showModal();
    title.focus();
    look = () => {
      stop();
      stop = watch({ api, orderId, note, show });
    };
    look();
  };
  const openAddressed = () => {
    const orderId = orderIdIn(location.hash);
    if (orderId === null) sheet.close();
    else open(orderId);
  };

  return {
    open: (orderId) => {
      if (orderIdIn(location.hash) !== orderId) history.pushState(null, "", addressOf(orderId));
      open(orderId);
    },
    followAddress: () => {
      window.addEventListener("hashchange", openAddressed);
      openAddressed();
    },
  };
}

/** @param {{ api: Api, orderId: string, note: HTMLElement, show: (reading: Reading) => void }} view @returns {() => void} stops it */
function watch({ api, orderId, note, show }) {
  let hasData = false;
  const poller = startPolling({
    intervalMs,
    task: async (signal) => {
      const reading = await readOrNothing(api, { orderId, signal });
      if (signal.aborted) return false;
      if (reading === null) {
        showNote(note, { tone: "bad", title: "There is no such order that this key may see." });
        return false;
      }
      hasData = true;
      showNote(note, null);
      show(reading);
      return isUnderWay(reading.order, reading.payment) ? intervalMs : false;
    },
    onFailure: (failure) => showFailure(note, { ...failure, hasData }),
  });
  return poller.stop;
}

/** @param {Api} api @param {{ orderId: string, signal: AbortSignal }} query @returns {Promise<Reading | null>} null: 404, which no other try will change */
async function readOrNothing(api, query) {
  try {
    return await read(api, query);
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

/** A payment's id is its order's with another prefix. @param {Api} api @param {{ orderId: string, signal: AbortSignal }} query @returns {Promise<Reading>} */
async function read(api, { orderId, signal }) {
  const path = `/v1/orders/${encodeURIComponent(orderId)}`;
  const paymentPath = `/v1/payments/${encodeURIComponent(orderId.replace(/^ord_/, "pay_"))}`;
  const [order, timeline, payment] = await Promise.all([path, `${path}/timeline`, paymentPath].map((each) => api.read(each, { signal })));
  return {
    order: /** @type {WireOrder} */ (order),
    timeline: /** @type {WireTimeline} */ (timeline),
    payment: /** @type {WirePayment} */ (payment),
  };
}
