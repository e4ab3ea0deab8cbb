/** Reads an order from its actor, again and again while Holdfast is still at work on it. */
import { awaitsPayment, isWorking } from "./order-status.js";
import { startPolling } from "./poll.js";

/** @import { Api } from "./api.js" */
/** @import { WireOrder } from "../../console.types.ts" */

const intervalMs = 1_000;
// Whoever can pay it sees it in its sheet; here only its end is waited for.
const waitingIntervalMs = 5_000;

/**
 * @param {{ api: Api, orderId: string, onChange: (order: WireOrder) => void }} options `onChange` is called for each new version
 * @returns {() => void} stops it; it ends by itself when the order is settled
 */
export function followOrder({ api, orderId, onChange }) {
  let version = 0;
  const poller = startPolling({
    intervalMs,
    task: async (signal) => {
      const order = /** @type {WireOrder} */ (await api.read(`/v1/orders/${encodeURIComponent(orderId)}`, { signal }));
      if (order.version > version) onChange(order);
      version = order.version;
      if (!isWorking(order.status)) return false;
      return awaitsPayment(order) ? waitingIntervalMs : intervalMs;
    },
    // Whoever follows already shows the last known state; the next try may say more.
    onFailure: () => {},
  });
  return poller.stop;
}
