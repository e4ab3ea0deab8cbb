/**
 * What the queue `notifications` carries: the order event, and of its data what a customer is told. Lines, journal and metadata are most of
 * an event, and nobody there reads them.
 */
import { z } from "zod";
import { orderSchema } from "../contracts/order.ts";
import { refundSchema } from "../contracts/payment.ts";
import { orderEventSchema, type OrderEvent } from "./catalogue.ts";

const { id, failure, total_minor, currency, payment } = orderSchema.shape;

/** A whole order event is a notice too: it is what releases before this sent. */
export const orderNoticeSchema = orderEventSchema.options[0].extend({
  type: z.enum(orderEventSchema.options.map(({ shape }) => shape.type.value)),
  data: z.object({
    order: z.object({
      id,
      failure: failure.unwrap().pick({ detail: true }).optional(),
      total_minor,
      currency,
      payment: payment.pick({ status: true, amount_minor: true, refunded_minor: true }),
    }),
    principal_id: z.string(),
    payment: z.object({ refunds: z.array(refundSchema.pick({ status: true, amount_minor: true })) }).optional(),
  }),
});
export type OrderNotice = z.infer<typeof orderNoticeSchema>;

export function toNotice({ data, ...envelope }: OrderEvent): OrderNotice {
  const { order, principal_id, payment } = data;
  const { status, amount_minor, refunded_minor } = order.payment;
  return {
    ...envelope,
    data: {
      order: {
        id: order.id,
        ...(order.failure === undefined ? {} : { failure: { detail: order.failure.detail } }),
        total_minor: order.total_minor,
        currency: order.currency,
        payment: { status, amount_minor, refunded_minor },
      },
      principal_id,
      ...(payment === undefined ? {} : { payment: { refunds: payment.refunds.map(toToldRefund) } }),
    },
  };
}

const toToldRefund = ({ status, amount_minor }: z.infer<typeof refundSchema>) => ({ status, amount_minor });
