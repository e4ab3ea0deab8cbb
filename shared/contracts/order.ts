/** The order on the wire. The mapping from the domain's state is `order-mapping.ts`. */
import { z } from "zod";
import { amountMinorSchema, currencySchema, orderIdSchema, quantitySchema, skuSchema, timestampSchema } from "./primitives.ts";

export const orderStatuses = [
  "pending",
  "cart_validated",
  "inventory_reserved",
  "payment_processed",
  "confirmed",
  "fulfilled",
  "pending_inventory",
  "pending_payment",
  "compensating",
  "failed",
  "cancelled",
  "refunded",
] as const;

export const orderStatusSchema = z.enum(orderStatuses).meta({ id: "OrderStatus" });
export type OrderStatus = z.infer<typeof orderStatusSchema>;

/**
 * `none`: not asked yet. `unknown`: asked, and the answer was lost; it is being looked up. `voided`: certainly not charged, and
 * never to be. `partially_refunded` and `refunded` are captured payments of which something, or all, went back.
 */
export const paymentStatuses = ["none", "unknown", "captured", "declined", "voided", "partially_refunded", "refunded"] as const;
export const paymentStatusSchema = z.enum(paymentStatuses).meta({ id: "PaymentStatus" });
export type PaymentStatus = z.infer<typeof paymentStatusSchema>;

/** Why an order failed. */
export const failureCodeSchema = z.enum([
  "out_of_stock",
  "unknown_sku",
  "price_changed",
  "currency_mismatch",
  "total_too_large",
  "payment_declined",
  "unknown_payment_method",
  "inventory_unavailable",
  "payment_unavailable",
]);
export type FailureCode = z.infer<typeof failureCodeSchema>;

/** One line of the cart that could not be had, with what is left of it. */
export const failedLineSchema = z
  .object({ sku: skuSchema, requested: quantitySchema, available: z.int().min(0).nullable() })
  .meta({ id: "FailedLine" });

export const orderFailureSchema = z
  .object({ code: failureCodeSchema, detail: z.string(), lines: z.array(failedLineSchema).optional() })
  .meta({ id: "OrderFailure" });

/** With it the largest order there can be fits a queue message (128 KB), its journal included. */
const maxMetadataBytes = 16_384;
const utf8Bytes = (text: string): number => new TextEncoder().encode(text).byteLength;

const maxMetadataEntries = 50;
const metadataKeyLength = { minLength: 1, maxLength: 64 };

const metadataSchema = z
  .record(z.string().min(metadataKeyLength.minLength).max(metadataKeyLength.maxLength), z.string().max(512))
  .refine((metadata) => Object.keys(metadata).length <= maxMetadataEntries, `at most ${maxMetadataEntries} entries`)
  .refine((metadata) => utf8Bytes(JSON.stringify(metadata)) <= maxMetadataBytes, "at most 16 KiB as JSON")
  // Told, since it cannot be read off: keys and refinements of a record are no part of its JSON schema.
  .meta({
    description: "At most 50 entries, and 16 KiB in all as JSON",
    maxProperties: maxMetadataEntries,
    propertyNames: metadataKeyLength,
  });

/** The life of a hold, seconds: what a caller may ask for, and what it is otherwise. */
export const minHoldSeconds = 1;
export const maxHoldSeconds = 3_600;
export const defaultHoldSeconds = 900;

export const placeOrderBodySchema = z
  .strictObject({
    items: z
      .array(z.strictObject({ sku: skuSchema, quantity: quantitySchema }))
      .min(1)
      .max(100)
      .meta({ description: "1 to 100 lines; the same SKU twice is merged" }),
    payment_method: z.string().min(1).max(128).meta({ example: "pm_card_visa" }),
    expected_total_minor: amountMinorSchema.optional().meta({ description: "Refuse with price_changed when the server's total differs" }),
    hold_seconds: z
      .int()
      .min(minHoldSeconds)
      .max(maxHoldSeconds)
      .optional()
      .meta({ description: "How long the stock is held for an order that is not paid; 900 by default", example: 900 }),
    on_decline: z.enum(["fail", "wait"]).optional().meta({
      description: "What a refused card does: the order fails (the default), or waits, its stock held, for POST /v1/payments",
    }),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: "PlaceOrder" });
export type PlaceOrderBody = z.infer<typeof placeOrderBodySchema>;

export const orderSchema = z
  .object({
    id: orderIdSchema,
    status: orderStatusSchema,
    failure: orderFailureSchema.optional(),
    items: z.array(
      z.object({
        sku: skuSchema,
        name: z.string().nullable(),
        quantity: z.int().min(1),
        unit_price_minor: amountMinorSchema.nullable(),
        line_total_minor: amountMinorSchema.nullable(),
        fulfilled_quantity: z.int().min(0).default(0).meta({ description: "Units shipped" }),
        returned_quantity: z.int().min(0).default(0).meta({ description: "Units shipped and come back" }),
      }),
    ),
    total_minor: amountMinorSchema.nullable().meta({ description: "null until the stock is held, which fixes the prices" }),
    currency: currencySchema.nullable(),
    payment: z.object({
      id: z.string(),
      status: paymentStatusSchema,
      amount_minor: amountMinorSchema,
      refunded_minor: amountMinorSchema.default(0),
    }),
    hold_expires_at: timestampSchema
      .nullable()
      .default(null)
      .meta({ description: "Until when the stock is held if the payment does not come; null when that is settled" }),
    cancellation: z.object({ reason: z.string().nullable(), requested_at: timestampSchema }).nullable().default(null),
    correlation_id: z.string(),
    version: z.int().min(1),
    created_at: timestampSchema,
    updated_at: timestampSchema,
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: "Order" });
export type WireOrder = z.infer<typeof orderSchema>;

/** What a step did to the stock of one SKU. */
export const stockEffectSchema = z.object({
  sku: skuSchema,
  quantity: z.int(),
  effect: z.enum(["held", "refused", "released", "sold", "shipped", "restocked"]),
});

export const timelineEntrySchema = z
  .object({
    seq: z.int().min(1),
    step: z.enum([
      "place",
      "validate_cart",
      "reserve_inventory",
      "process_payment",
      "look_up_payment",
      "void_payment",
      "change_payment_method",
      "release_inventory",
      "confirm",
      "fail",
      "request_cancel",
      "begin_cancel",
      "cancel",
      "request_refund",
      "refund_payment",
      "refund",
      "fulfil",
      "request_return",
      "restock_inventory",
      "expire_hold",
    ]),
    attempt: z.int().min(1),
    at: timestampSchema,
    duration_ms: z.number().min(0),
    outcome: z.enum(["ok", "refused", "unknown"]),
    status: orderStatusSchema.meta({ description: "The order's status after this step" }),
    cause: z.string().meta({ description: "What made the step run: the request, an alarm, the step before" }),
    detail: z.string().nullable(),
    stock: z.array(stockEffectSchema),
    money: z
      .object({
        effect: z.enum(["captured", "declined", "unknown", "voided", "refunded"]),
        amount_minor: amountMinorSchema,
        currency: currencySchema,
      })
      .nullable(),
  })
  .meta({ id: "TimelineEntry" });
export type WireTimelineEntry = z.infer<typeof timelineEntrySchema>;

export const timelineSchema = z
  .object({
    order_id: orderIdSchema,
    status: orderStatusSchema,
    entries: z.array(timelineEntrySchema),
    next: z
      .object({ step: z.string(), attempt: z.int(), at: timestampSchema })
      .nullable()
      .meta({ description: "While it is still working: what comes next, and when" }),
  })
  .meta({ id: "Timeline" });
export type WireTimeline = z.infer<typeof timelineSchema>;

export const orderListSchema = z.object({ data: z.array(orderSchema), next_cursor: z.string().nullable() }).meta({ id: "OrderList" });
