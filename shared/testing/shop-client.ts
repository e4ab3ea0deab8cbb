/** A shop's side of the wire, for tests that run against all Workers. */
import { vi } from "vitest";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body's bytes as text, for "the same document". */
  readonly text: string;
  readonly body: unknown;
}

export interface ShopClient {
  readonly key: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
}

/** Calls the gateway with one API key. A POST without an Idempotency-Key gets a new one. */
export function shopClient(baseUrl: string, key: string): ShopClient {
  const call = async (method: string, path: string, init: { body?: unknown; headers?: Record<string, string> }): Promise<Answer> => {
    const body = init.body === undefined ? null : JSON.stringify(init.body);
    const headers = { authorization: `Bearer ${key}`, ...(body === null ? {} : { "content-type": "application/json" }), ...init.headers };
    const response = await fetch(baseUrl + path, { method, headers, body });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text.startsWith("{") ? (JSON.parse(text) as unknown) : text };
  };
  return {
    key,
    get: (path, headers = {}) => call("GET", path, { headers }),
    post: (path, body, headers = {}) => call("POST", path, { body, headers: { "idempotency-key": crypto.randomUUID(), ...headers } }),
    put: (path, body) => call("PUT", path, { body }),
  };
}

/** Makes an SKU that no other test has, with units in the warehouse. */
export async function stockedSku(operator: ShopClient, quantity: number, priceMinor = 500): Promise<string> {
  const sku = `T-${crypto.randomUUID().slice(0, 8)}`;
  await operator.put(`/v1/products/${sku}`, { name: `Product ${sku}`, price_minor: priceMinor, currency: "EUR" });
  if (quantity > 0) await operator.post(`/v1/inventory/${sku}/receive`, { quantity });
  return sku;
}

/** Waits until the expectations hold; what is asked for arrives through queues. */
export const eventually = (expectations: () => Promise<void>): Promise<void> => vi.waitFor(expectations, { timeout: 45_000, interval: 50 });
