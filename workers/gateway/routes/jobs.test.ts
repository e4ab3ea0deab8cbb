import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bodyHash, sign, signClaims } from "../../../local/qstash/signature.ts";
import { OperatingError } from "../../../shared/errors/operating-error.ts";
import { createQstashVerifier } from "../../../shared/platform/qstash.ts";
import { fakeApp, problemOf, send, startMs } from "../testing/fake-ports.ts";

const publicBaseUrl = "https://shop.example";
const url = `${publicBaseUrl}/jobs/sweep`;
const verify = createQstashVerifier({ currentSigningKey: "current", nextSigningKey: "next" });
const sweep = vi.fn(() => Promise.resolve({ found: 3, failed: 1 }));
const app = fakeApp({ jobs: { verify, publicBaseUrl, sweep } });

const now = startMs / 1_000;
const claims = async (body: string) => ({
  iss: "Upstash",
  sub: url,
  exp: now + 300,
  nbf: now,
  iat: now,
  jti: "jwt_1",
  body: await bodyHash(body),
});
const signedBy = (key: string, { body = "", to = url } = {}) => sign({ url: to, body, nowMs: startMs }, key);
const post = (signature: string | null, body?: string) =>
  send(app, ["POST", "/jobs/sweep"], {
    key: null,
    idempotencyKey: null,
    body,
    headers: signature === null ? {} : { "Upstash-Signature": signature },
  });

beforeEach(() => {
  sweep.mockClear();
  vi.useFakeTimers({ now: startMs, toFake: ["Date"] });
});
afterEach(() => vi.useRealTimers());

describe("POST /jobs/sweep", () => {
  it.each([
    ["under the current key", "current", undefined],
    ["under the next key", "next", undefined],
    ["over a body", "current", '{"by":"hand"}'],
  ])("sweeps for a request that QStash has signed %s, without an API key", async (_name, key, body) => {
    const response = await post(await signedBy(key, { body }), body);
    expect([response.status, await response.json()]).toEqual([200, { found: 3, failed: 1 }]);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(sweep).toHaveBeenCalledOnce();
  });

  it.each([
    ["no signature", () => null],
    ["an empty signature", () => ""],
    ["a signature under another key", () => signedBy("other")],
    ["a signature for another URL", () => signedBy("current", { to: `${publicBaseUrl}/jobs/audit` })],
    ["a signature for the host that was asked, when that is not ours", () => signedBy("current", { to: "http://localhost/jobs/sweep" })],
    ["a signature over another body", () => signedBy("current", { body: "other" })],
    ["a signature that has expired", async () => signClaims({ ...(await claims("")), exp: now - 60 }, "current")],
    ["a signature that is not valid yet", async () => signClaims({ ...(await claims("")), nbf: now + 60 }, "current")],
    ["a signature of another issuer", async () => signClaims({ ...(await claims("")), iss: "other" }, "current")],
  ])("refuses %s with 403 and does nothing", async (_name, makeSignature) => {
    const response = await post(await makeSignature());
    expect(response.status).toBe(403);
    expect(await problemOf(response)).toMatchObject({ code: "invalid_signature", status: 403 });
    expect(sweep).not.toHaveBeenCalled();
  });

  it("does not take an operator's API key for a signature", async () => {
    expect((await send(app, ["POST", "/jobs/sweep"])).status).toBe(403);
  });

  it("refuses a body above 64 KiB before it looks at the signature", async () => {
    const body = "x".repeat(64 * 1024 + 1);
    expect(await problemOf(await post(await signedBy("current", { body }), body))).toMatchObject({ code: "payload_too_large" });
    expect(sweep).not.toHaveBeenCalled();
  });

  it("answers 503 when the overdue orders could not be read, so that QStash sees the failure", async () => {
    sweep.mockRejectedValueOnce(new OperatingError("Postgres is down", { retryable: true }));
    expect(await problemOf(await post(await signedBy("current")))).toMatchObject({ code: "unavailable", status: 503 });
  });

  it("is answered 405 for another method, and 404 without QStash in the configuration", async () => {
    expect((await send(app, ["GET", "/jobs/sweep"])).status).toBe(405);
    const without = await send(fakeApp(), ["POST", "/jobs/sweep"], { headers: { "Upstash-Signature": await signedBy("current") } });
    expect(await problemOf(without)).toMatchObject({ code: "not_found", status: 404 });
  });
});
