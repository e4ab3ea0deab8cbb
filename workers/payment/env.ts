/** What the payment Worker needs of its bindings. */
export interface PaymentEnv {
  readonly PAYMENT_PROVIDER: string;
}
