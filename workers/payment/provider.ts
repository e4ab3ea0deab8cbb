import type { ChargeCommand, ChargeReply, PaymentApi } from "../../shared/contracts/rpc.ts";

/**
 * The port to whoever takes the money: what the payment Worker says of itself, method by method. An adapter throws when it
 * cannot say what happened; it never guesses. It ends each call after 30 s at the most, with all that it asked for
 * (the saga counts on it: a charge that was given up cannot land later than that).
 */
export interface PaymentProvider extends Omit<PaymentApi, "chargeTogether"> {
  /** The answer of a charge that takes no time; null, and nothing is begun, for one that does. Without it none is answered at once. */
  readonly chargeAtOnce?: (command: ChargeCommand) => ChargeReply | null;
}
