import type { ChargeCommand, ChargeReply } from "../../../shared/contracts/rpc.ts";
import type { PaymentProvider } from "../provider.ts";

/**
 * A provider without state: the token alone decides, so the same charge is answered the same for ever, wherever it is
 * asked. That also makes a look-up of a charge the charge's own answer; a charge of an amount that was never known was never sent.
 */
export const simulatedProvider: PaymentProvider = {
  charge: (command) => Promise.resolve(answer(command)),
  lookUp: (command) => Promise.resolve(command.currency === "" ? { ok: false, code: "not_found" } : answer(command)),
};

function answer({ chargeId, paymentMethod }: ChargeCommand): ChargeReply {
  switch (paymentMethod) {
    case "pm_card_visa":
      return { ok: true, reference: `sim_${chargeId}` };
    case "pm_card_declined":
      return { ok: false, code: "payment_declined", reason: "card_declined" };
    case "pm_card_insufficient_funds":
      return { ok: false, code: "payment_declined", reason: "insufficient_funds" };
    default:
      return { ok: false, code: "unknown_payment_method" };
  }
}
