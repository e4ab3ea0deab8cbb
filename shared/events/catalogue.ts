/** Every event type and version that Holdfast writes, and the schema of its data. */
import { z } from "zod";
import { orderSchema, timelineEntrySchema } from "../contracts/order.ts";
import { paymentSchema } from "../contracts/payment.ts";
import { productSchema } from "../contracts/product.ts";
import { eventSchema } from "./envelope.ts";

/** The order after the event, and the journal entries written since the event before. */
const orderDataSchema = z.object({
  order: orderSchema,
  principal_id: z.string(),
  payment_method: z.string(),
  journal: z.array(timelineEntrySchema),
  /**
   * The order's payment with its refunds, at least those that have changed since the event before. Events that were written
   * before there were refunds lack it.
   */
  payment: paymentSchema.optional(),
  /** Nothing more will happen by itself. Without it the order's status tells, and the refunds. */
  settled: z.boolean().optional(),
});

export const orderEventSchema = z.discriminatedUnion("type", [
  // Not told any more: what first tells of an order is its outcome, or that it waits. Kept to be read, wherever one still lies.
  eventSchema("holdfast.order.placed.v1", orderDataSchema),
  eventSchema("holdfast.order.pending.v1", orderDataSchema),
  eventSchema("holdfast.order.confirmed.v1", orderDataSchema),
  eventSchema("holdfast.order.failed.v1", orderDataSchema),
  eventSchema("holdfast.order.cancelled.v1", orderDataSchema),
  eventSchema("holdfast.order.fulfilled.v1", orderDataSchema),
  eventSchema("holdfast.order.refunded.v1", orderDataSchema),
  /** Something has changed and the status has not: a part was refunded, shipped or came back. */
  eventSchema("holdfast.order.updated.v1", orderDataSchema),
]);
export type OrderEvent = z.infer<typeof orderEventSchema>;
export type OrderEventType = OrderEvent["type"];

export const productEventSchema = eventSchema("holdfast.product.changed.v1", z.object({ product: productSchema }));
export type ProductEvent = z.infer<typeof productEventSchema>;

/** What the queue `order-events` carries. */
export const queuedEventSchema = z.discriminatedUnion("type", [...orderEventSchema.options, productEventSchema]);
export type QueuedEvent = z.infer<typeof queuedEventSchema>;

/** The order events a customer is told of; the queue `notifications` carries these. */
export const isNotifiable = (type: OrderEventType): boolean => notifiable.has(type);

const notifiable: ReadonlySet<OrderEventType> = new Set<OrderEventType>([
  "holdfast.order.confirmed.v1",
  "holdfast.order.failed.v1",
  "holdfast.order.cancelled.v1",
  "holdfast.order.fulfilled.v1",
  "holdfast.order.refunded.v1",
]);
