import { describe, expect, test } from "vitest";
import { once, paymentEnv, paymentProviderEnv } from "./config.ts";

const stripe = { PAYMENT_PROVIDER: "stripe", STRIPE_SECRET_KEY: "sk_test_1", STRIPE_WEBHOOK_SECRET: "whsec_1" };

describe("paymentEnv", () => {
  test("the simulated provider needs nothing more, and reads no secret", () => {
    expect(once(paymentEnv)({ ...stripe, PAYMENT_PROVIDER: "simulated" })).toEqual({ paymentProvider: "simulated" });
  });

  test("stripe, at its own address or at another one", () => {
    const config = { paymentProvider: "stripe", secretKey: "sk_test_1", webhookSecret: "whsec_1" };
    expect(once(paymentEnv)(stripe)).toEqual({ ...config, apiBase: undefined });
    const apiBase = "http://127.0.0.1:12111";
    expect(once(paymentEnv)({ ...stripe, STRIPE_API_BASE: apiBase })).toEqual({ ...config, apiBase });
  });

  test.each(["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])("stripe without %s says what to set, and shows no other secret", (name) => {
    const env = Object.fromEntries(Object.entries(stripe).filter(([given]) => given !== name));
    const parse = (): unknown => once(paymentEnv)(env);
    expect(parse).toThrow(new RegExp(`wrangler secret put ${name}`));
    expect(parse).not.toThrow(/sk_test_1|whsec_1/);
  });

  test.each([{}, { PAYMENT_PROVIDER: "cash" }, { ...stripe, STRIPE_API_BASE: "ftp://x" }])("%j is refused", (env) => {
    expect(() => once(paymentEnv)(env)).toThrow(/not valid/);
  });

  test("a Worker that only needs to know the provider's name needs no secret", () => {
    expect(once(paymentProviderEnv)({ PAYMENT_PROVIDER: "stripe" })).toEqual({ paymentProvider: "stripe" });
  });
});
