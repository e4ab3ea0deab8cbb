/** The payment Worker as an order host calls it: charges that its orders ask for in the same moment go as one call. */
import type { ChargeCommand, ChargeReply, Joined, PaymentApi } from "../../shared/contracts/rpc.ts";
import { OperatingError } from "../../shared/errors/operating-error.ts";
import { JoinedCalls } from "../kernel/joined-calls.ts";

import { limits } from "./limits.ts";

/** A charge that is begun later than this after it was asked for may be begun after its step was given up, ms. */
const maxWaitMs = limits.stepDeadlineMs / 2;

export type OrderPaymentApi = Pick<PaymentApi, "charge" | "lookUp" | "void" | "refund">;

export class JoinedPayment implements OrderPaymentApi {
  readonly #payment: OrderPaymentApi & Pick<PaymentApi, "chargeTogether">;
  readonly #charges = new JoinedCalls<ChargeCommand, ChargeReply | "alone">((commands) => this.#ask(commands));
  /** The provider has said that it can answer none at once. */
  #isAlwaysAlone = false;

  constructor(payment: OrderPaymentApi & Pick<PaymentApi, "chargeTogether">) {
    this.#payment = payment;
  }

  async charge(command: ChargeCommand): Promise<ChargeReply> {
    if (this.#isAlwaysAlone) return this.#payment.charge(command);
    const askedAtMs = Date.now();
    const reply = await this.#charges.call(command);
    if (reply !== "alone") return reply;
    // Whoever asked gives it up soon, or has, and may have seen to it that nothing is taken: nothing may be begun after that.
    if (Date.now() - askedAtMs >= maxWaitMs) throw new OperatingError("The payment Worker was late", { retryable: true });
    return this.#payment.charge(command);
  }

  lookUp(command: Parameters<PaymentApi["lookUp"]>[0]): ReturnType<PaymentApi["lookUp"]> {
    return this.#payment.lookUp(command);
  }

  void(command: Parameters<PaymentApi["void"]>[0]): ReturnType<PaymentApi["void"]> {
    return this.#payment.void(command);
  }

  refund(command: Parameters<PaymentApi["refund"]>[0]): ReturnType<PaymentApi["refund"]> {
    return this.#payment.refund(command);
  }

  async #ask(commands: readonly ChargeCommand[]): Promise<readonly Joined<ChargeReply | "alone">[]> {
    const replies = commands.length === 1 ? undefined : await this.#payment.chargeTogether(commands);
    if (replies === null) this.#isAlwaysAlone = true;
    return replies ?? commands.map(() => ({ ok: true, reply: "alone" }));
  }
}
