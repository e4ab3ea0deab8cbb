import { describe, expect, it } from "vitest";
import type { OrderRequest } from "../system.ts";
import { orderTemplate, placeholderKey } from "./order-template.ts";

const request = (overrides: Partial<OrderRequest> = {}): OrderRequest => ({
  method: "POST",
  path: `/orders/${placeholderKey}`,
  headers: { "idempotency-key": placeholderKey },
  body: '{"sku":"SKU-1"}',
  ...overrides,
});

describe("orderTemplate", () => {
  it("joined with a key it is the whole request, with that key wherever it belongs", () => {
    const text = orderTemplate(request(), "127.0.0.1:1").join("another-key");
    expect(text).toBe(
      'POST /orders/another-key HTTP/1.1\r\nhost: 127.0.0.1:1\r\nidempotency-key: another-key\r\ncontent-length: 15\r\n\r\n{"sku":"SKU-1"}',
    );
  });

  it("the placeholder is as long as a key, so that the length of a body with a key in it is right", () => {
    expect(placeholderKey).toHaveLength(crypto.randomUUID().length);
  });

  it("a request that hides its key is refused, for every order would be the same one", () => {
    expect(() => orderTemplate(request({ path: "/orders", headers: {} }), "h")).toThrow("as it is");
  });

  it("a request that is not ASCII is refused, for its length would be wrong", () => {
    expect(() => orderTemplate(request({ body: "é" }), "h")).toThrow("ASCII");
  });
});
