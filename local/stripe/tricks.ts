/** What a test can have go wrong with a request, whatever it is about. */

export type StripeOperation =
  | "create_intent"
  | "retrieve_intent"
  | "confirm_intent"
  | "cancel_intent"
  | "list_intents"
  | "search_intents"
  | "create_refund"
  | "retrieve_refund"
  | "list_refunds"
  | "list_events"
  | "retrieve_event";

/**
 * `lose_request`: it never reached Stripe. `lose_reply`: it was done, and the caller does not hear of it. Either way the caller gets
 * a 502 from something in between. `fail`: Stripe itself fails (500) before anything was done, and keeps that under the key.
 */
export type StripeFault = "lose_request" | "lose_reply" | "fail";

export class Tricks {
  readonly #faults = new Map<StripeOperation, StripeFault[]>();
  readonly #held = new Map<StripeOperation, Promise<undefined>>();

  /** The next requests of this kind fail like this, one fault a request. */
  failNext(operation: StripeOperation, ...faults: StripeFault[]): void {
    this.#faults.set(operation, [...(this.#faults.get(operation) ?? []), ...faults]);
  }

  /** Keeps requests of this kind on their way, before anything is done, until the returned function is called. */
  hold(operation: StripeOperation): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#held.set(operation, promise);
    return () => {
      this.#held.delete(operation);
      resolve(undefined);
    };
  }

  /** The next fault of such a request, when it is one of these kinds. */
  takeFault<Kind extends StripeFault>(operation: StripeOperation, kinds: readonly Kind[]): Kind | undefined {
    const faults = this.#faults.get(operation) ?? [];
    const fault = kinds.find((kind) => kind === faults[0]);
    if (fault !== undefined) faults.shift();
    return fault;
  }

  async passed(operation: StripeOperation): Promise<void> {
    await this.#held.get(operation);
  }
}
