/**
 * The payment Worker's stand-in for tests of actors: it keeps a ledger, as a real provider does, and loses what a test
 * tells it to lose. It lives in the test's own isolate, so a test steers it by importing it.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { ChargeCommand, ChargeReply, PaymentApi } from "../contracts/rpc.ts";
import type { DependencyHealth } from "../contracts/health.ts";

/** What goes wrong with one call. `lose_request`: it never arrived. `lose_reply`: it was done, and the caller does not hear of it. */
export type PaymentFault = "lose_request" | "lose_reply";

type LookUpReply = ChargeReply | { readonly ok: false; readonly code: "not_found" };

/** The provider's side of the story. Reset it before each test: `beforeEach(() => testProvider.reset())`. */
class TestProvider {
  /** Every call that was made, lost ones included, in order. */
  calls: { readonly method: "charge" | "lookUp"; readonly command: ChargeCommand }[] = [];
  #ledger = new Map<string, ChargeReply>();
  #faults: PaymentFault[] = [];
  #held = false;

  reset(): void {
    this.calls = [];
    this.#ledger.clear();
    this.#faults = [];
    this.#held = false;
  }

  /** The next calls fail like this, one fault a call; the calls after them succeed. */
  failNext(...faults: PaymentFault[]): void {
    this.#faults.push(...faults);
  }

  /** Keeps every call waiting until the returned function is called: what comes in meanwhile interleaves. */
  hold(): () => void {
    this.#held = true;
    return () => {
      this.#held = false;
    };
  }

  /** The charge ids for which money was taken, each at most once however often it was asked for. */
  get charged(): readonly string[] {
    return [...this.#ledger].filter(([, reply]) => reply.ok).map(([chargeId]) => chargeId);
  }

  charge(command: ChargeCommand): Promise<ChargeReply> {
    return this.#answer("charge", command, () => {
      const reply = this.#ledger.get(command.chargeId) ?? replyFor(command);
      this.#ledger.set(command.chargeId, reply);
      return reply;
    });
  }

  lookUp(command: ChargeCommand): Promise<LookUpReply> {
    return this.#answer("lookUp", command, () => this.#ledger.get(command.chargeId) ?? { ok: false, code: "not_found" });
  }

  async #answer<Reply>(method: "charge" | "lookUp", command: ChargeCommand, work: () => Reply): Promise<Reply> {
    this.calls.push({ method, command });
    const fault = this.#faults.shift();
    // Polled: workerd cancels a request that only waits for a promise which belongs to another one.
    while (this.#held) await scheduler.wait(1);
    if (fault === "lose_request") throw new Error("The request was lost (a test's fault).");
    const reply = work();
    if (fault === "lose_reply") throw new Error("The reply was lost (a test's fault).");
    return reply;
  }
}

/** The provider's documented tokens, as the simulated provider answers them. */
function replyFor(command: ChargeCommand): ChargeReply {
  switch (command.paymentMethod) {
    case "pm_card_visa":
      return { ok: true, reference: `test_${command.chargeId}` };
    case "pm_card_declined":
      return { ok: false, code: "payment_declined", reason: "card_declined" };
    case "pm_card_insufficient_funds":
      return { ok: false, code: "payment_declined", reason: "insufficient_funds" };
    default:
      return { ok: false, code: "unknown_payment_method" };
  }
}

export const testProvider = new TestProvider();

/** The service binding PAYMENT of the actors under test. */
export class TestPayment extends WorkerEntrypoint implements PaymentApi {
  charge(command: ChargeCommand): Promise<ChargeReply> {
    return testProvider.charge(command);
  }

  lookUp(command: ChargeCommand): Promise<LookUpReply> {
    return testProvider.lookUp(command);
  }

  health(): Promise<{ status: "up"; dependencies: Record<string, DependencyHealth> }> {
    return Promise.resolve({ status: "up", dependencies: {} });
  }
}
