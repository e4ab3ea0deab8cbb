/**
 * The payment methods there are. The first seven do at this provider what they do at the simulated one, but for real: to its
 * ledger and to its answers. The others are Stripe's own test cards (https://docs.stripe.com/testing).
 */
export type CardBehaviour =
  | { readonly kind: "captured" }
  | { readonly kind: "declined"; readonly code: string; readonly declineCode: string; readonly message: string }
  /** `processing` for a while, then captured and answered. */
  | { readonly kind: "slow" }
  /** The request is lost on its way: nothing happens, and nobody answers. */
  | { readonly kind: "lost" }
  /** Captured, and nobody answers, however often it is asked. */
  | { readonly kind: "unanswered" }
  /** Stripe fails at the first confirmation of an intent, and keeps that failure under its key. */
  | { readonly kind: "flaky" };

const declined = (declineCode: string, message: string, code = "card_declined"): CardBehaviour => ({
  kind: "declined",
  code,
  declineCode,
  message,
});

/** A charge of it is refunded, and the refund stays `pending`. */
export const pendingRefundCard = "pm_card_pendingRefund";

const cards: Readonly<Record<string, CardBehaviour>> = {
  pm_card_visa: { kind: "captured" },
  pm_card_declined: declined("generic_decline", "Your card was declined."),
  pm_card_insufficient_funds: declined("insufficient_funds", "Your card has insufficient funds."),
  pm_card_slow: { kind: "slow" },
  pm_card_timeout: { kind: "lost" },
  pm_card_timeout_captured: { kind: "unanswered" },
  pm_card_flaky: { kind: "flaky" },
  pm_card_mastercard: { kind: "captured" },
  [pendingRefundCard]: { kind: "captured" },
  pm_card_visa_chargeDeclined: declined("generic_decline", "Your card was declined."),
  pm_card_visa_chargeDeclinedInsufficientFunds: declined("insufficient_funds", "Your card has insufficient funds."),
  pm_card_chargeDeclinedExpiredCard: declined("", "Your card has expired.", "expired_card"),
  pm_card_authenticationRequired: declined("authentication_required", "Your card requires authentication.", "authentication_required"),
};

/** undefined: there is no such payment method. */
export const cardOf = (paymentMethod: string): CardBehaviour | undefined =>
  Object.hasOwn(cards, paymentMethod) ? cards[paymentMethod] : undefined;
