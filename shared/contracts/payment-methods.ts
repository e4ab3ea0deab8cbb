/** The payment-method tokens that the simulated provider knows. The gateway refuses others at the edge, the provider again. */
export const simulatedPaymentMethods = [
  "pm_card_visa",
  "pm_card_declined",
  "pm_card_insufficient_funds",
  "pm_card_slow",
  "pm_card_timeout",
  "pm_card_timeout_captured",
  "pm_card_flaky",
] as const;
export type SimulatedPaymentMethod = (typeof simulatedPaymentMethods)[number];

/** Whether the simulated provider knows the token. */
export const isSimulatedPaymentMethod = (token: string): token is SimulatedPaymentMethod =>
  simulatedPaymentMethods.some((known) => known === token);

/**
 * Whether a token has the shape of a PaymentMethod of Stripe's. Only Stripe knows which ones there are; it is asked when the
 * order is charged.
 */
export const isStripePaymentMethod = (token: string): boolean => /^pm_[A-Za-z0-9_]+$/.test(token);
