import type { ChargeCommand, ChargeReply } from "../../shared/contracts/rpc.ts";

/**
 * The port to whoever takes the money. An adapter throws when it cannot say what happened; it never guesses.
 * It ends each call to its provider after 30 s at the most (the saga counts on it: `chargeMayLandForMs`).
 */
export interface PaymentProvider {
  /** Idempotent by `chargeId`. */
  charge(command: ChargeCommand): Promise<ChargeReply>;
  /** What the provider knows of `chargeId`. */
  lookUp(command: ChargeCommand): Promise<ChargeReply | { readonly ok: false; readonly code: "not_found" }>;
}
