import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bodyHash, sign, signClaims } from "../../local/qstash/signature.ts";
import { qstashEnv } from "./config.ts";
import { createQstashVerifier } from "./qstash.ts";

const nowMs = Date.parse("2026-11-21T09:30:00.000Z");
const now = nowMs / 1_000;
const url = "https://shop.example/jobs/sweep";
const body = '{"job":"sweep"}';
const claims = { iss: "Upstash", sub: url, exp: now + 300, nbf: now, iat: now, jti: "jwt_1", body: await bodyHash(body) };
const verify = createQstashVerifier({ currentSigningKey: "current", nextSigningKey: "next" });

beforeEach(() => vi.useFakeTimers({ now: nowMs, toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

describe("createQstashVerifier", async () => {
  it.each([
    ["under the current key", await sign({ url, body, nowMs }, "current")],
    ["under the next key", await sign({ url, body, nowMs }, "next")],
    ["whose body hash is written without padding", await signClaims({ ...claims, body: claims.body.replace(/=+$/, "") }, "current")],
    ["that has ended 4 s ago, for clocks differ", await signClaims({ ...claims, exp: now - 4 }, "current")],
    ["that begins in 4 s, for clocks differ", await signClaims({ ...claims, nbf: now + 4 }, "current")],
  ])("takes a signature %s", async (_name, signature) => {
    expect(await verify({ signature, body, url })).toBeNull();
  });

  it.each([
    ["under another key", await sign({ url, body, nowMs }, "other")],
    ["for another URL", await sign({ url: "https://shop.example/jobs/audit", body, nowMs }, "current")],
    ["for another host", await sign({ url: "https://staging.example/jobs/sweep", body, nowMs }, "current")],
    ["for another body", await sign({ url, body: "{}", nowMs }, "current")],
    ["without a body hash", await signClaims({ ...claims, body: undefined }, "current")],
    ["without a subject", await signClaims({ ...claims, sub: undefined }, "current")],
    ["that has expired", await signClaims({ ...claims, exp: now - 6 }, "current")],
    ["that never expires", await signClaims({ ...claims, exp: undefined }, "current")],
    ["that is not valid yet", await signClaims({ ...claims, nbf: now + 6 }, "current")],
    ["that does not say from when", await signClaims({ ...claims, nbf: undefined }, "current")],
    ["of another issuer", await signClaims({ ...claims, iss: "Downstash" }, "current")],
    ["of no issuer", await signClaims({ ...claims, iss: undefined }, "current")],
    ["that is empty", ""],
    ["that is no JWT", "a.b.c"],
    ["that says it needs none", `${btoa('{"alg":"none","typ":"JWT"}')}.${btoa(JSON.stringify(claims))}.`],
    ["whose claims were changed", changed(await sign({ url: "https://other.example", body, nowMs }, "current"))],
  ])("refuses a signature %s", async (_name, signature) => {
    expect(await verify({ signature, body, url })).toEqual(expect.any(String));
  });

  it("does not trust the keys of the vendor's dev server, whatever the environment says", async () => {
    vi.stubEnv("QSTASH_DEV", "true");
    const signature = await sign({ url, body, nowMs }, "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r");
    expect(await verify({ signature, body, url })).not.toBeNull();
    expect(await verify({ signature: await sign({ url, body, nowMs }, "current"), body, url })).toBeNull();
    vi.unstubAllEnvs();
  });
});

/** The claims of a good token under the signature of another. */
function changed(jwt: string): string {
  const [header = "", , signature = ""] = jwt.split(".");
  return [header, btoa(JSON.stringify(claims)).replace(/=+$/, ""), signature].join(".");
}

describe("qstashEnv", () => {
  const all = {
    QSTASH_URL: "https://qstash.upstash.io",
    QSTASH_TOKEN: "token",
    QSTASH_CURRENT_SIGNING_KEY: "current",
    QSTASH_NEXT_SIGNING_KEY: "next",
    PUBLIC_BASE_URL: "https://shop.example/",
  };

  it("is all of it, the public address without a slash at the end", () => {
    const qstash = {
      url: all.QSTASH_URL,
      token: "token",
      currentSigningKey: "current",
      nextSigningKey: "next",
      publicBaseUrl: "https://shop.example",
    };
    expect(qstashEnv.parse(all)).toEqual({ qstash });
  });

  it.each([
    ["nothing", {}],
    ["a public address alone, which others may need", { PUBLIC_BASE_URL: "https://shop.example" }],
  ])("is not configured with %s", (_name, env) => {
    expect(qstashEnv.parse(env)).toEqual({ qstash: undefined });
  });

  it.each(Object.keys(all))("refuses to run without %s when the others are there, or when it is empty", (name) => {
    const { [name as keyof typeof all]: _left, ...others } = all;
    expect(qstashEnv.safeParse(others).success).toBe(false);
    expect(qstashEnv.safeParse({ ...all, [name]: "" }).success).toBe(false);
  });
});
