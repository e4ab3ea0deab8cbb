/** The payment-method tokens that the simulated provider knows. The gateway refuses others at the edge, the provider again. */
export const simulatedPaymentMethods = ["pm_card_visa", "pm_card_declined", "pm_card_insufficient_funds"] as const;
export type SimulatedPaymentMethod = (typeof simulatedPaymentMethods)[number];

/** Whether the simulated provider knows the token. */
export const isSimulatedPaymentMethod = (token: string): token is SimulatedPaymentMethod =>
  simulatedPaymentMethods.some((known) => known === token);
