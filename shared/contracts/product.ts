/** Products and stock levels on the wire. */
import { z } from "zod";
import { maxShards } from "../domain/stock/shards/ledgers.ts";
import { maxHoldSeconds, minHoldSeconds } from "./order.ts";
import { amountMinorSchema, currencySchema, quantitySchema, skuSchema, timestampSchema } from "./primitives.ts";

export const putProductBodySchema = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, "no control characters"),
    price_minor: amountMinorSchema,
    currency: currencySchema,
  })
  .meta({ id: "PutProduct" });

export const productSchema = z
  .object({
    sku: skuSchema,
    name: z.string(),
    price_minor: amountMinorSchema,
    currency: currencySchema,
    version: z.int().min(1),
    updated_at: timestampSchema,
  })
  .meta({ id: "Product" });
export type WireProduct = z.infer<typeof productSchema>;

export const productListSchema = z.object({ data: z.array(productSchema), next_cursor: z.string().nullable() }).meta({ id: "ProductList" });

/** At any moment on_hand + sold = received and available = on_hand - reserved; none is below 0. */
export const inventorySchema = z
  .object({
    sku: skuSchema,
    on_hand: z.int().min(0).meta({ description: "What stands in the warehouse, held units included" }),
    reserved: z.int().min(0),
    available: z.int().min(0),
    sold: z.int().min(0).meta({ description: "Net of returns" }),
    received: z.int().min(0),
    shards: z.int().min(1).max(maxShards).meta({ description: "Over how many objects the stock is spread" }),
  })
  .meta({ id: "Inventory" });
export type WireInventory = z.infer<typeof inventorySchema>;

export const shardsBodySchema = z.strictObject({ shards: z.int().min(1).max(maxShards).meta({ example: 4 }) }).meta({ id: "SetShards" });

export const receiveBodySchema = z.strictObject({ quantity: quantitySchema }).meta({ id: "ReceiveStock" });

const heldUnits = { sku: skuSchema, quantity: quantitySchema, reservation_id: z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/) };

/** A reservation made by hand. It lives beside the orders' own and cannot touch them. */
export const reservationBodySchema = z
  .strictObject({
    ...heldUnits,
    hold_seconds: z
      .int()
      .min(minHoldSeconds)
      .max(maxHoldSeconds)
      .optional()
      .meta({ description: "After this the units are free again by themselves; without it they are held until released", example: 900 }),
  })
  .meta({ id: "Reservation" });

/** Which reservation is given back, and how many units it holds: the whole of it. */
export const releaseBodySchema = z.strictObject(heldUnits).meta({ id: "Release" });

export const reservationSchema = z
  .object({
    ...heldUnits,
    state: z.enum(["held", "released"]),
    expires_at: timestampSchema.optional().meta({ description: "Of a hold with a deadline. Asked for again, it keeps its first one" }),
    inventory: inventorySchema,
  })
  .meta({ id: "ReservationResult" });
export type WireReservation = z.infer<typeof reservationSchema>;
