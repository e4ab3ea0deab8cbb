/** Payments: another card for an order that waits for one, and the books of what was paid, read from the order's actor. */
import { createRoute, z } from "@hono/zod-openapi";
import { payBodySchema, paymentIdSchema, paymentSchema } from "../../../shared/contracts/payment.ts";
import { nameOfOrder, orderIdFor } from "../../../shared/platform/ids.ts";
import { payOrder } from "../change-order.ts";
import type { GatewayApp } from "../hono.ts";
import { visibleTo } from "../middleware/authenticate.ts";
import { readJsonBody } from "../middleware/read-json-body.ts";
import { requireIdempotencyKey } from "../middleware/require-idempotency-key.ts";
import { bodyCodes, idempotencyCodes, idempotencyHeaders, jsonBody, jsonContent, problemResponses, security, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";

const tags = ["payments"];

const payRoute = createRoute({
  method: "post",
  path: "/v1/payments",
  tags,
  security,
  middleware: [requireIdempotencyKey, readJsonBody] as const,
  summary: "Pay an order that waits for another card",
  request: { headers: idempotencyHeaders, body: jsonBody(payBodySchema) },
  responses: untyped({
    ...problemResponses(
      ...idempotencyCodes,
      ...bodyCodes,
      "not_found",
      "request_in_progress",
      "payment_declined",
      "unknown_payment_method",
      "order_not_payable",
      "payment_in_progress",
      "order_cancelled",
      "too_many_changes",
      "payment_unavailable",
    ),
    201: jsonContent(paymentSchema, "The money is captured", "Location", "Idempotent-Replayed"),
    202: jsonContent(paymentSchema, "What became of the charge is not known yet; `Location` says where to look", "Location", "Retry-After"),
  }),
});

const getRoute = createRoute({
  method: "get",
  path: "/v1/payments/{id}",
  tags,
  security,
  summary: "Read a payment and its refunds, never stale",
  request: { params: z.object({ id: paymentIdSchema }) },
  responses: { ...problemResponses("not_found"), 200: jsonContent(paymentSchema, "The payment as it is now") },
});

export function addPaymentRoutes(app: GatewayApp, ports: GatewayPorts): void {
  app.openapi(payRoute, (c) => {
    const body = c.req.valid("json");
    return payOrder(c, { ports, orderId: body.order_id, body });
  });

  app.openapi(getRoute, async (c) => {
    const orderId = orderOfPayment(c.req.valid("param").id);
    const payment = await ports.orderActor(nameOfOrder(orderId)).getPayment({ orderId, principalId: visibleTo(c.var.principal) });
    // Someone else's payment and no payment are one answer.
    if (payment === null) throw new ProblemError("not_found");
    return c.json(payment, 200);
  });
}

/** A payment's id is its order's with another prefix. */
const orderOfPayment = (paymentId: string): string => orderIdFor(paymentId.slice("pay_".length));
