/**
 * A request for an order of which only the key changes: made once before the load, so that the generator only joins strings.
 * ASCII only, so that a character is a byte.
 */
import type { OrderRequest } from "../system.ts";

/** The form of every key the generator draws (`crypto.randomUUID()`), so that it is as long as any of them. */
export const placeholderKey = "5d1f0c5e-7a3b-4c8d-9e2f-0a1b2c3d4e5f";

/** The request's text, cut where the key stands. `parts.join(key)` is the whole request. */
export type OrderTemplate = readonly string[];

/**
 * @param request For an order with `placeholderKey`.
 * @throws Error when the key does not stand in it as it is (it may be neither hashed nor encoded), or when it is not ASCII.
 */
export function orderTemplate(request: OrderRequest, host: string): OrderTemplate {
  const headers = { host, ...request.headers, "content-length": String(Buffer.byteLength(request.body)) };
  const lines = [`${request.method} ${request.path} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  const text = `${lines.join("\r\n")}\r\n\r\n${request.body}`;
  // eslint-disable-next-line no-control-regex -- the range of ASCII begins with control characters
  if (!/^[\x00-\x7f]*$/.test(text)) throw new Error("An order's request must be ASCII");
  const parts = text.split(placeholderKey);
  if (parts.length < 2) throw new Error("An order's key must stand in its request as it is");
  return parts;
}
