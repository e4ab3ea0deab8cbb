/** Ids. Derived ids make an actor its own idempotency record; made ids are UUIDv7, so they sort by time. */
import { v7 } from "uuid";

/** A new UUIDv7 (RFC 9562). */
export const newId = (): string => v7();

/**
 * The name under which a principal's Idempotency-Key is known: 32 hex digits (128 bits of SHA-256).
 * The principal's length is part of the digest's input, so no two pairs can meet by concatenation.
 */
export async function idempotencyName(principalId: string, idempotencyKey: string): Promise<string> {
  return (await sha256Hex(JSON.stringify([principalId, idempotencyKey]))).slice(0, 32);
}

export const orderIdFor = (name: string): string => `ord_${name}`;
/** The idempotency name an order id was derived from. */
export const nameOfOrder = (orderId: string): string => orderId.slice("ord_".length);
export const paymentIdFor = (orderId: string): string => `pay_${nameOfOrder(orderId)}`;

/** SHA-256 of the text's UTF-8 bytes in lower-case hex, 64 digits. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
  let hex = "";
  for (const byte of new Uint8Array(digest)) hex += hexOfByte[byte] ?? "";
  return hex;
}

const encoder = new TextEncoder();
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
