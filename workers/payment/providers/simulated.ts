import type { ChargeCommand, ChargeReply, LookUpReply, RefundCommand, RefundReply } from "../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../shared/errors/operating-error.ts";
import type { PaymentProvider } from "../provider.ts";

/** How long `pm_card_slow` takes, ms. */
export const slowAnswerMs = 5_000;
/** How long a call that is never answered is kept open, ms; the port allows 30 s. */
export const unansweredMs = 20_000;

export interface SimulatedTime {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * A provider without state: the token and the command alone decide, so the same charge is answered the same for ever, wherever
 * it is asked. It therefore takes it that whoever looks a charge up, or voids it, has sent it; only a charge whose amount was
 * never known was never sent.
 */
export function createSimulatedProvider({ now, sleep }: SimulatedTime): PaymentProvider {
  const lookUp = (command: ChargeCommand): LookUpReply => whatBecameOf(command, now());
  return {
    charge: (command) => charge(command, sleep),
    chargeAtOnce: (command) => (takesTime(command) ? null : answerAtOnce(command)),
    lookUp: async (command) => lookUp(command),
    void: async (command) => {
      const found = lookUp(command);
      const { amountMinor, currency } = command;
      if (found.ok) return { ok: false, code: "captured", reference: found.reference, amountMinor, currency };
      if (found.code === "processing") throw unanswered("The simulated charge is still being processed");
      return { ok: true };
    },
    refund: async (command) => refund(command),
    listCaptures: async () => null,
    readWebhook: async () => ({ ok: false, code: "invalid_signature" }),
    health: async () => ({ status: "up", dependencies: {} }),
  };
}

async function charge(command: ChargeCommand, sleep: SimulatedTime["sleep"]): Promise<ChargeReply> {
  switch (command.paymentMethod) {
    case "pm_card_slow":
      await sleep(slowAnswerMs);
      return captured(command);
    case "pm_card_timeout":
    case "pm_card_timeout_captured":
      await sleep(unansweredMs);
      throw unanswered("The simulated provider did not answer");
    case "pm_card_flaky":
      if (command.tryNumber <= 1) throw unanswered("The simulated provider failed at the first try");
      return captured(command);
    default:
      return answerAtOnce(command);
  }
}

const troubled: ReadonlySet<string> = new Set(["pm_card_slow", "pm_card_timeout", "pm_card_timeout_captured", "pm_card_flaky"]);
const takesTime = ({ paymentMethod }: ChargeCommand): boolean => troubled.has(paymentMethod);

/** The provider's own books, as far as they follow from the command. */
function whatBecameOf(command: ChargeCommand, nowMs: number): LookUpReply {
  if (command.currency === "") return notFound;
  switch (command.paymentMethod) {
    case "pm_card_slow": {
      const isUnderWay = command.askedAtMs !== null && nowMs < command.askedAtMs + slowAnswerMs;
      return isUnderWay ? { ok: false, code: "processing" } : captured(command);
    }
    case "pm_card_timeout":
      return notFound;
    case "pm_card_timeout_captured":
      return captured(command);
    case "pm_card_flaky":
      return command.tryNumber <= 1 ? notFound : captured(command);
    default:
      return answerAtOnce(command);
  }
}

function answerAtOnce(command: ChargeCommand): ChargeReply {
  switch (command.paymentMethod) {
    case "pm_card_visa":
      return captured(command);
    case "pm_card_declined":
      return { ok: false, code: "payment_declined", reason: "card_declined" };
    case "pm_card_insufficient_funds":
      return { ok: false, code: "payment_declined", reason: "insufficient_funds" };
    default:
      return { ok: false, code: "unknown_payment_method" };
  }
}

/** What another provider took is not here to be given back. */
function refund({ refundId, reference }: RefundCommand): RefundReply {
  if (reference.startsWith(ownPrefix)) return { ok: true, reference: `${ownPrefix}${refundId}` };
  return { ok: false, code: "refund_refused", reason: "The simulated provider has not taken this money" };
}

/** What its references begin with. */
const ownPrefix = "sim_";
const notFound = { ok: false, code: "not_found" } as const;
const captured = ({ chargeId }: ChargeCommand): ChargeReply => ({ ok: true, reference: `${ownPrefix}${chargeId}` });
const unanswered = (message: string): OperatingError => new OperatingError(message, { retryable: true });
