/** The steps of an order's journal in words, each with its sign. Pure. */
import { humanize } from "./format.js";

/** @import { Shape } from "./icons.js" */
/** @import { WireTimelineEntry } from "../../console.types.ts" */
/** @typedef {{ words: string, shape: Shape }} Step */

/** @type {Record<WireTimelineEntry["step"], Step>} */
const steps = {
  place: { words: "Place", shape: "cart" },
  validate_cart: { words: "Validate cart", shape: "check" },
  reserve_inventory: { words: "Reserve inventory", shape: "box" },
  process_payment: { words: "Process payment", shape: "card" },
  look_up_payment: { words: "Look up payment", shape: "lens" },
  void_payment: { words: "Void payment", shape: "stop" },
  change_payment_method: { words: "Take another card", shape: "card" },
  release_inventory: { words: "Release inventory", shape: "back" },
  confirm: { words: "Confirm", shape: "check" },
  fail: { words: "Fail", shape: "cross" },
  request_cancel: { words: "Cancellation asked for", shape: "stop" },
  begin_cancel: { words: "Begin to cancel", shape: "back" },
  cancel: { words: "Cancel", shape: "stop" },
  request_refund: { words: "Refund asked for", shape: "back" },
  refund_payment: { words: "Give money back", shape: "card" },
  refund: { words: "Refund in full", shape: "check" },
  fulfil: { words: "Ship", shape: "truck" },
  request_return: { words: "Return taken in", shape: "back" },
  restock_inventory: { words: "Back on the shelf", shape: "box" },
  expire_hold: { words: "The hold ended", shape: "clock" },
};

/** @param {string} step @returns {Step} also for one that this page does not know yet */
export const describeStep = (step) => (isKnown(step) ? steps[step] : { words: humanize(step), shape: "dash" });

/** @param {string} step @returns {step is keyof typeof steps} */
const isKnown = (step) => Object.hasOwn(steps, step);
