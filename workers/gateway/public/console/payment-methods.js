/** The test cards that can be chosen, and what each does. The gateway refuses tokens that its provider does not know. */
import { h } from "./dom.js";

/** @import { PaymentMethod } from "../../console.types.ts" */

/** @type {readonly { token: PaymentMethod, label: string }[]} */
export const paymentMethods = [
  { token: "pm_card_visa", label: "Visa: is charged" },
  { token: "pm_card_declined", label: "Card that is declined" },
  { token: "pm_card_insufficient_funds", label: "Card with insufficient funds" },
  { token: "pm_card_slow", label: "Card that answers after 5 s" },
  { token: "pm_card_flaky", label: "Card that fails at first" },
  { token: "pm_card_timeout", label: "Card that never answers: nothing is taken" },
  { token: "pm_card_timeout_captured", label: "Card that is charged and never answers" },
];

/** @returns {HTMLOptionElement[]} one for each card */
export const paymentMethodOptions = () => paymentMethods.map(({ token, label }) => h("option", { value: token }, label));
