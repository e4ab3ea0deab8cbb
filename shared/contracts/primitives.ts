/** The small vocabulary every wire schema is built from. */
import { z } from "zod";

/** A stock-keeping unit: what the shop calls one thing it sells. Case matters. */
export const skuSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 of A-Z a-z 0-9 . _ - and the first a letter or a digit")
  .meta({ description: "Stock-keeping unit", example: "PROD-1" });

/** Integer minor units (cents), 0 to 2^53 - 1. */
export const amountMinorSchema = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .meta({ description: "Integer minor units of the currency", example: 1999 });

/** ISO 4217, three capital letters. */
export const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/, "three capital letters, ISO 4217")
  .meta({ description: "ISO 4217 currency code", example: "EUR" });

/** Units of one SKU that one call may move, 1 to 1,000,000. */
export const quantitySchema = z.int().min(1).max(1_000_000).meta({ example: 2 });

/** RFC 3339, UTC, milliseconds. */
export const timestampSchema = z.iso.datetime().meta({ example: "2026-11-21T09:30:00.000Z" });

/** An order's id: `ord_` and 32 hex digits, derived from the principal and the Idempotency-Key. */
export const orderIdSchema = z.string().regex(/^ord_[0-9a-f]{32}$/);

/** What a caller may send as X-Request-Id; anything else is replaced. */
export const requestIdSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
