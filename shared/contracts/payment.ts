/** Payments, refunds and what else is asked of an order after it was placed, on the wire. */
import { z } from "zod";
import { paymentStatusSchema } from "./order.ts";
import { amountMinorSchema, currencySchema, orderIdSchema, quantitySchema, skuSchema, timestampSchema } from "./primitives.ts";

/** Derived from its order's id. */
export const paymentIdSchema = z.string().regex(/^pay_[0-9a-f]{32}$/);

const reasonSchema = z.string().min(1).max(200);

/** `pending`: asked for, and asked for again until the provider has answered. `refused`: the provider will not do it. */
export const refundSchema = z
  .object({
    id: z.string(),
    order_id: orderIdSchema,
    payment_id: paymentIdSchema,
    amount_minor: amountMinorSchema,
    currency: currencySchema,
    status: z.enum(["pending", "succeeded", "refused"]),
    reason: z.string(),
    detail: z.string().nullable().meta({ description: "What the provider said" }),
    created_at: timestampSchema,
  })
  .meta({ id: "Refund" });
export type WireRefund = z.infer<typeof refundSchema>;

export const paymentSchema = z
  .object({
    id: paymentIdSchema,
    order_id: orderIdSchema,
    status: paymentStatusSchema,
    payment_method: z.string(),
    attempt: z.int().min(1).meta({ description: "Which card this is, from 1" }),
    amount_minor: amountMinorSchema.meta({ description: "What was captured; 0 before" }),
    refunded_minor: amountMinorSchema,
    currency: currencySchema.nullable(),
    reference: z.string().nullable().meta({ description: "The provider's" }),
    decline_reason: z.string().nullable(),
    refunds: z.array(refundSchema),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: "Payment" });
export type WirePayment = z.infer<typeof paymentSchema>;

export const returnSchema = z
  .object({
    id: z.string(),
    order_id: orderIdSchema,
    items: z.array(z.object({ sku: skuSchema, quantity: quantitySchema })),
    status: z.enum(["pending", "restocked"]),
    reason: z.string().nullable(),
    created_at: timestampSchema,
  })
  .meta({ id: "Return" });
export type WireReturn = z.infer<typeof returnSchema>;

const linesSchema = z
  .array(z.strictObject({ sku: skuSchema, quantity: quantitySchema }))
  .min(1)
  .max(100);

export const payBodySchema = z
  .strictObject({ order_id: orderIdSchema, payment_method: z.string().min(1).max(128).meta({ example: "pm_card_visa" }) })
  .meta({ id: "PayOrder" });

export const cancelBodySchema = z.strictObject({ reason: reasonSchema.optional() }).meta({ id: "CancelOrder" });

export const refundBodySchema = z
  .strictObject({
    amount_minor: amountMinorSchema.min(1).optional().meta({ description: "All that has not been refunded yet, when left out" }),
    reason: reasonSchema,
  })
  .meta({ id: "RefundOrder" });

export const fulfilBodySchema = z
  .strictObject({ items: linesSchema.optional().meta({ description: "All that has not been shipped yet, when left out" }) })
  .meta({ id: "FulfilOrder" });

export const returnBodySchema = z.strictObject({ items: linesSchema, reason: reasonSchema.optional() }).meta({ id: "ReturnItems" });
