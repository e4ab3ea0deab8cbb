/** /v1/refunds: create, retrieve, list. */
import { z } from "zod";
import { ApiError, noSuch, parseParams } from "./api-error.ts";
import { answered, type Books, type Outcome } from "./books.ts";
import { pendingRefundCard } from "./cards.ts";
import type { Form } from "./form.ts";
import { listOf, pageSchemas } from "./lists.ts";
import { type Charge, newObjectId, type PaymentIntent, type Refund, secondsOf } from "./objects.ts";

const createSchema = z.strictObject({
  payment_intent: z.string(),
  amount: z.coerce.number().int().min(1).optional(),
  metadata: z.record(z.string().max(40), z.string().max(500)).optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
});

export function createRefund(books: Books, params: Form): Outcome {
  const { payment_intent: intentId, amount, metadata = {}, reason = null } = parseParams(createSchema, params);
  const intent = books.ledger.find("payment_intent", intentId);
  if (intent === undefined) throw noSuch("payment_intent", intentId);
  const charge = chargeToRefund(books, intent);
  const refund: Refund = {
    id: newObjectId("re"),
    object: "refund",
    amount: refundable(charge, amount),
    currency: intent.currency,
    charge: charge.id,
    payment_intent: intentId,
    status: charge.payment_method === pendingRefundCard ? "pending" : "succeeded",
    reason,
    metadata,
    created: secondsOf(books.now()),
  };
  const amountRefunded = charge.amount_refunded + refund.amount;
  const refunded = { ...charge, amount_refunded: amountRefunded, refunded: amountRefunded === charge.amount_captured };
  books.emit("charge.refunded", books.ledger.put<"charge">(refunded));
  books.emit("refund.created", refund);
  return answered(books.ledger.put<"refund">(refund, intentId));
}

function chargeToRefund(books: Books, intent: PaymentIntent): Charge {
  const charge = intent.latest_charge === null ? undefined : books.ledger.find("charge", intent.latest_charge);
  if (charge?.status === "succeeded") return charge;
  const message = `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`;
  throw new ApiError(400, { type: "invalid_request_error", message });
}

/** All that is left when no amount is named. */
function refundable(charge: Charge, amount: number | undefined): number {
  const left = charge.amount_captured - charge.amount_refunded;
  if (left === 0) {
    const message = `Charge ${charge.id} has already been refunded.`;
    throw new ApiError(400, { type: "invalid_request_error", code: "charge_already_refunded", message });
  }
  if (amount === undefined || amount <= left) return amount ?? left;
  const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
  throw new ApiError(400, { type: "invalid_request_error", param: "amount", message });
}

export function retrieveRefund(books: Books, _params: Form, id: string): Outcome {
  const refund = books.ledger.find("refund", id);
  if (refund === undefined) throw noSuch("refund", id, "id");
  return answered(refund);
}

const listSchema = z.strictObject({ ...pageSchemas, payment_intent: z.string().optional() });

export function listRefunds(books: Books, params: Form): Outcome {
  const { payment_intent: parent, ...page } = parseParams(listSchema, params);
  return answered(listOf(books.ledger, "refund", { page, query: { parent }, url: "/v1/refunds" }));
}
