import type { ProviderCapture } from "../../shared/contracts/rpc.ts";
import { Ledger } from "./ledger.ts";

/** Every capture in the ledger, oldest first, with what went back of it. */
export function readCaptures(ledger: Ledger): readonly ProviderCapture[] {
  const charges = ledger.list("charge", { limit: Number.MAX_SAFE_INTEGER }).filter(({ status }) => status === "succeeded");
  return charges.reverse().map((charge) => ({
    orderId: charge.metadata["order_id"] ?? null,
    chargeId: charge.metadata["charge_id"] ?? null,
    reference: charge.payment_intent,
    capturedMinor: charge.amount_captured,
    refundedMinor: charge.amount_refunded,
    currency: charge.currency.toUpperCase(),
    createdAtMs: charge.created * 1_000,
  }));
}

/** The same of a server that does not run, or runs in another process. @param path The ledger's file. */
export function readCapturesOf(path: string): readonly ProviderCapture[] {
  const ledger = new Ledger(path);
  try {
    return readCaptures(ledger);
  } finally {
    ledger.close();
  }
}
