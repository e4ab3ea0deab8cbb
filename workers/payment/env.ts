/** What the payment Worker needs of its bindings. The secrets of a provider are read by `shared/platform/config.ts` alone. */
export interface PaymentEnv {
  readonly PAYMENT_PROVIDER: string;
}
