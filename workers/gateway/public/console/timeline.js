/** One order in full, in a sheet at the side: what it is, and its journal step by step while it runs. */
import { byId, part, renderWhenChanged } from "./dom.js";
import { showFailure, showNote } from "./notes.js";
import { orderSummary } from "./order-summary.js";
import { isWorking } from "./order-status.js";
import { startPolling } from "./poll.js";
import { timelineParts } from "./timeline-entry.js";

/** @import { Api } from "./api.js" */
/** @import { WireOrder, WireTimeline } from "../../console.types.ts" */

const intervalMs = 1_000;

/**
 * @param {{ api: Api }} options
 * @returns {{ open: (orderId: string) => void }}
 */
export function mountTimeline({ api }) {
  const sheet = byId("order-dialog", HTMLDialogElement);
  const title = byId("sheet-title", HTMLElement);
  const note = part(sheet, "note", HTMLElement);
  const body = part(sheet, "body", HTMLElement);
  let stop = () => {};

  part(sheet, "close", HTMLButtonElement).addEventListener("click", () => sheet.close());
  // A click on the dialog itself, and not on what is in it, is a click on the backdrop.
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.addEventListener("close", () => stop());

  return {
    open: (orderId) => {
      stop();
      showNote(note, { tone: "busy", title: "Loading…" });
      renderWhenChanged(body, "", () => []);
      if (!sheet.open) sheet.showModal();
      title.focus();
      stop = watch({ api, orderId, note, body });
    },
  };
}

/** @param {{ api: Api, orderId: string, note: HTMLElement, body: HTMLElement }} view @returns {() => void} stops it */
function watch({ api, orderId, note, body }) {
  const path = `/v1/orders/${encodeURIComponent(orderId)}`;
  let hasData = false;
  const poller = startPolling({
    intervalMs,
    task: async (signal) => {
      const [order, timeline] = await Promise.all([api.read(path, { signal }), api.read(`${path}/timeline`, { signal })]);
      if (signal.aborted) return false;
      hasData = true;
      showNote(note, null);
      show(body, /** @type {WireOrder} */ (order), /** @type {WireTimeline} */ (timeline));
      return isWorking(/** @type {WireOrder} */ (order).status) ? intervalMs : false;
    },
    onFailure: (failure) => showFailure(note, { ...failure, hasData }),
  });
  return poller.stop;
}

/** @param {HTMLElement} body @param {WireOrder} order @param {WireTimeline} timeline */
function show(body, order, timeline) {
  // The countdown to the next step is part of what is shown, so it is part of the signature.
  const signature = JSON.stringify([order.id, order.version, timeline, timeline.next === null ? 0 : Math.floor(Date.now() / 1000)]);
  renderWhenChanged(body, signature, () => [orderSummary(order), ...timelineParts(timeline)]);
}
