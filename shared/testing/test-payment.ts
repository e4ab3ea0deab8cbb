/**
 * The payment Worker's stand-in for tests of actors: it keeps a ledger, as a real provider does, and loses what a test
 * tells it to lose. It lives in the test's own isolate, so a test steers it by importing it.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type {
  ChargeCommand,
  ChargeReply,
  Joined,
  LookUpReply,
  PaymentApi,
  ProviderCapture,
  RefundCommand,
  RefundReply,
  VoidReply,
} from "../contracts/rpc.ts";

/** What goes wrong with one call. `lose_request`: it never arrived. `lose_reply`: it was done, and the caller does not hear of it. */
export type PaymentFault = "lose_request" | "lose_reply";
export type PaymentMethodName = "charge" | "lookUp" | "void" | "refund";

/** A charge of the ledger: what was answered, or that it was voided before there was anything to answer. */
interface LedgerCharge {
  readonly command: ChargeCommand;
  readonly reply: ChargeReply | "voided";
  readonly atMs: number;
}

interface LedgerRefund {
  readonly command: RefundCommand;
  readonly reply: RefundReply;
}

type PaymentCall = { [Method in PaymentMethodName]: { readonly method: Method; readonly command: CommandOf<Method> } }[PaymentMethodName];
type CommandOf<Method extends PaymentMethodName> = Method extends "refund" ? RefundCommand : ChargeCommand;

/**
 * The provider's side of the story. Reset it before each test: `beforeEach(() => testProvider.reset())`. Orders that have asked
 * before that go on in their actors (an alarm rings, a retry comes), but not in here.
 */
class TestProvider {
  /** Every call that was made, lost ones included, in order. */
  calls: PaymentCall[] = [];
  #charges = new Map<string, LedgerCharge>();
  #refunds = new Map<string, LedgerRefund>();
  #faults: PaymentFault[] = [];
  #faultsOf = new Map<PaymentMethodName, PaymentFault[]>();
  #refusals: string[] = [];
  #held = false;
  #processing = false;
  /** Orders of earlier tests. */
  readonly #earlier = new Set<string>();

  reset(): void {
    for (const { command } of this.calls) this.#earlier.add(command.orderId);
    this.calls = [];
    this.#charges.clear();
    this.#refunds.clear();
    this.#faults = [];
    this.#faultsOf.clear();
    this.#refusals = [];
    this.#held = false;
    this.#processing = false;
  }

  /** Whom an order's call is for: this, or what no test looks at when the order is an earlier test's. */
  for({ orderId }: { readonly orderId: string }): TestProvider {
    return this.#earlier.has(orderId) ? leftBehind : this;
  }

  /** The next calls fail like this, whatever they are, one fault a call; the calls after them succeed. */
  failNext(...faults: PaymentFault[]): void {
    this.#faults.push(...faults);
  }

  /** The same for the next calls of one method. */
  failNextOf(method: PaymentMethodName, ...faults: PaymentFault[]): void {
    this.#faultsOf.set(method, [...(this.#faultsOf.get(method) ?? []), ...faults]);
  }

  /** The next new refunds are refused, one reason each. */
  refuseNextRefunds(...reasons: string[]): void {
    this.#refusals.push(...reasons);
  }

  /** Keeps every call waiting until the returned function is called: what comes in meanwhile interleaves. */
  hold(): () => void {
    this.#held = true;
    return () => {
      this.#held = false;
    };
  }

  /** Until the returned function is called, look-ups of captured charges say `processing`, and voids of them do not know. */
  keepProcessing(): () => void {
    this.#processing = true;
    return () => {
      this.#processing = false;
    };
  }

  /** Money that was taken behind the order's back: a capture without a charge that anybody asked for here. */
  captureStray(command: ChargeCommand): void {
    this.#charges.set(command.chargeId, { command, reply: { ok: true, reference: referenceOf(command.chargeId) }, atMs: Date.now() });
  }

  /** The charge ids for which money was taken, each at most once however often it was asked for. */
  get charged(): readonly string[] {
    return [...this.#charges.values()].filter(isCapture).map(({ command }) => command.chargeId);
  }

  /** The charge ids that can take no money any more. */
  get voided(): readonly string[] {
    return [...this.#charges].filter(([, { reply }]) => reply === "voided").map(([chargeId]) => chargeId);
  }

  /** What was captured and what went back of it, in the order of the charges. */
  get captures(): readonly ProviderCapture[] {
    return [...this.#charges.values()].filter(isCapture).map((charge) => this.#toCapture(charge));
  }

  charge(command: ChargeCommand): Promise<ChargeReply> {
    return this.#answer({ method: "charge", command }, () => {
      const known = this.#charges.get(command.chargeId)?.reply;
      // Fenced: under this id no money is taken any more.
      if (known === "voided") return { ok: false, code: "payment_declined", reason: "card_declined" };
      const reply = known ?? replyFor(command);
      if (known === undefined) this.#charges.set(command.chargeId, { command, reply, atMs: Date.now() });
      return reply;
    });
  }

  /** Those that a test has other plans with are asked for alone. */
  async chargeTogether(commands: readonly ChargeCommand[]): Promise<readonly Joined<ChargeReply | "alone">[]> {
    const isPlain = !this.#held && this.#faults.length === 0 && this.#faultsOf.size === 0;
    if (!isPlain) return commands.map(() => ({ ok: true, reply: "alone" }));
    return Promise.all(commands.map(async (command) => ({ ok: true, reply: await this.for(command).charge(command) })));
  }

  lookUp(command: ChargeCommand): Promise<LookUpReply> {
    return this.#answer({ method: "lookUp", command }, () => {
      const reply = this.#charges.get(command.chargeId)?.reply ?? ({ ok: false, code: "not_found" } as const);
      if (reply === "voided") return { ok: false, code: "payment_declined", reason: "card_declined" };
      return reply.ok && this.#processing ? { ok: false, code: "processing" } : reply;
    });
  }

  void(command: ChargeCommand): Promise<VoidReply> {
    return this.#answer({ method: "void", command }, () => {
      const known = this.#charges.get(command.chargeId);
      if (known !== undefined && known.reply !== "voided" && known.reply.ok) return this.#tooLate(known.command, known.reply.reference);
      this.#charges.set(command.chargeId, { command, reply: "voided", atMs: Date.now() });
      return { ok: true };
    });
  }

  refund(command: RefundCommand): Promise<RefundReply> {
    return this.#answer({ method: "refund", command }, () => {
      const reply = this.#refunds.get(command.refundId)?.reply ?? this.#newRefund(command);
      this.#refunds.set(command.refundId, { command, reply });
      return reply;
    });
  }

  #newRefund(command: RefundCommand): RefundReply {
    const refusal = this.#refusals.shift();
    if (refusal !== undefined) return { ok: false, code: "refund_refused", reason: refusal };
    const capture = this.captures.find(({ reference }) => reference === command.reference);
    if (capture === undefined) return { ok: false, code: "refund_refused", reason: "no such charge" };
    const isTooMuch = command.amountMinor > capture.capturedMinor - capture.refundedMinor;
    if (isTooMuch) return { ok: false, code: "refund_refused", reason: "more than is left of the charge" };
    return { ok: true, reference: referenceOf(command.refundId) };
  }

  #tooLate({ amountMinor, currency }: ChargeCommand, reference: string): VoidReply {
    if (this.#processing) throw new Error("The charge is still being processed (a test's wish).");
    return { ok: false, code: "captured", reference, amountMinor, currency };
  }

  #toCapture({ command, atMs }: LedgerCharge): ProviderCapture {
    const reference = referenceOf(command.chargeId);
    const refunds = [...this.#refunds.values()].filter(({ command: refund, reply }) => reply.ok && refund.reference === reference);
    return {
      orderId: command.orderId,
      chargeId: command.chargeId,
      reference,
      capturedMinor: command.amountMinor,
      refundedMinor: refunds.reduce((sum, { command: refund }) => sum + refund.amountMinor, 0),
      currency: command.currency,
      createdAtMs: atMs,
    };
  }

  async #answer<Reply>(call: PaymentCall, work: () => Reply): Promise<Reply> {
    this.calls.push(call);
    const fault = this.#faultsOf.get(call.method)?.shift() ?? this.#faults.shift();
    // Polled: workerd cancels a request that only waits for a promise which belongs to another one.
    while (this.#held) await scheduler.wait(1);
    if (this.#earlier.has(call.command.orderId)) throw new Error("The request was lost (its test has ended).");
    if (fault === "lose_request") throw new Error("The request was lost (a test's fault).");
    const reply = work();
    if (fault === "lose_reply") throw new Error("The reply was lost (a test's fault).");
    return reply;
  }
}

const isCapture = ({ reply }: LedgerCharge): boolean => reply !== "voided" && reply.ok;
const referenceOf = (id: string): string => `test_${id}`;

/** The provider's documented tokens, as the simulated provider answers them. What goes wrong is the test's to say. */
function replyFor(command: ChargeCommand): ChargeReply {
  switch (command.paymentMethod) {
    case "pm_card_visa":
      return { ok: true, reference: referenceOf(command.chargeId) };
    case "pm_card_declined":
      return { ok: false, code: "payment_declined", reason: "card_declined" };
    case "pm_card_insufficient_funds":
      return { ok: false, code: "payment_declined", reason: "insufficient_funds" };
    default:
      return { ok: false, code: "unknown_payment_method" };
  }
}

export const testProvider = new TestProvider();
/** Lets earlier tests' orders come to their ends. */
const leftBehind = new TestProvider();

/** The service binding PAYMENT of the actors under test. */
export class TestPayment extends WorkerEntrypoint implements PaymentApi {
  charge(command: ChargeCommand): Promise<ChargeReply> {
    return testProvider.for(command).charge(command);
  }

  chargeTogether(commands: readonly ChargeCommand[]): ReturnType<PaymentApi["chargeTogether"]> {
    return testProvider.chargeTogether(commands);
  }

  lookUp(command: ChargeCommand): Promise<LookUpReply> {
    return testProvider.for(command).lookUp(command);
  }

  void(command: ChargeCommand): Promise<VoidReply> {
    return testProvider.for(command).void(command);
  }

  refund(command: RefundCommand): Promise<RefundReply> {
    return testProvider.for(command).refund(command);
  }

  listCaptures({ sinceMs }: { sinceMs: number }): ReturnType<PaymentApi["listCaptures"]> {
    return Promise.resolve({ captures: testProvider.captures.filter(({ createdAtMs }) => createdAtMs >= sinceMs), next: null });
  }

  /** A body is the order's id, and `signed` is the signature. */
  readWebhook({ body, signature }: { body: string; signature: string }): ReturnType<PaymentApi["readWebhook"]> {
    return Promise.resolve(signature === "signed" ? { ok: true, orderId: body } : { ok: false, code: "invalid_signature" });
  }

  health(): ReturnType<PaymentApi["health"]> {
    return Promise.resolve({ status: "up", dependencies: {} });
  }
}
