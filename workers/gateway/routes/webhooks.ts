/** POST /webhooks/stripe: Stripe says that something has happened to a payment. Not under /v1: its signature is its key. */
import { createRoute, z } from "@hono/zod-openapi";
import { describeError } from "../../../shared/errors/operating-error.ts";
import { nameOfOrder } from "../../../shared/platform/ids.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import type { GatewayApp } from "../hono.ts";
import { limitBody } from "../middleware/read-json-body.ts";
import { jsonContent, keylessProblemResponses, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";

const stripeRoute = createRoute({
  method: "post",
  path: "/webhooks/stripe",
  tags: ["running it"],
  summary: "For Stripe: an event, signed with the endpoint's secret",
  description:
    "An event is only a hint: it wakes its order, which asks Stripe itself. So a late, doubled or out-of-order event changes nothing. " +
    "503 when the order could not be woken; Stripe then sends the event again.",
  middleware: [limitBody] as const,
  responses: untyped({
    ...keylessProblemResponses("webhook_signature_invalid", "payload_too_large", "request_timeout"),
    200: jsonContent(z.object({ received: z.literal(true) }), "Taken, or not about an order of ours"),
  }),
});

export function addWebhookRoutes(app: GatewayApp, ports: Pick<GatewayPorts, "payment" | "orderActor" | "metrics">): void {
  const count = (outcome: Outcome): void => ports.metrics.count("holdfast_webhooks_total", { provider: "stripe", outcome });
  app.openapi(stripeRoute, async (c) => {
    const webhook = { body: await c.req.text(), signature: c.req.header("Stripe-Signature") ?? "" };
    const read = await orUnavailable(ports.payment.readWebhook(webhook), { detail: "The event could not be checked", count });
    if (!read.ok) {
      count("invalid_signature");
      throw new ProblemError("webhook_signature_invalid");
    }
    const { orderId } = read;
    createLogger("gateway", c.var.work).info("webhook received", { provider: "stripe", order_id: orderId });
    if (orderId !== null) {
      const woken = ports.orderActor(nameOfOrder(orderId)).wake({ orderId, now: true });
      await orUnavailable(woken, { detail: "The order could not be woken", count });
    }
    count("accepted");
    return c.json({ received: true }, 200);
  });
}

type Outcome = "accepted" | "invalid_signature" | "unavailable";

interface Unavailable {
  readonly detail: string;
  readonly count: (outcome: Outcome) => void;
}

/** Whatever is wrong behind us, Stripe is to send the event again. */
async function orUnavailable<Value>(work: Promise<Value>, { detail, count }: Unavailable): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    count("unavailable");
    throw new ProblemError("unavailable", { detail, cause: describeError(error) });
  }
}
