import { describe, expect, test, vi } from "vitest";
import type { WireAudit, WireIntervention, WireStuckItem } from "../../../shared/contracts/audit.ts";
import type { OrdersApi } from "../../../shared/contracts/rpc.ts";
import { fakeApp, fakeRequestRecord, operatorKey, problemOf, send } from "../testing/fake-ports.ts";

const audit: WireAudit = {
  ok: false,
  checked: { skus: 3, orders: 24, holds: 48, captures: 16, notifications: 16, records: 24 },
  in_flight: 2,
  disagreements: [{ rule: "sold_is_committed_holds", subject: "PROD-1", expected: "3", found: "4", detail: "PROD-1 counts 4 sold." }],
  first: "PROD-1 counts 4 sold.",
  next_cursor: "next",
};
const orderId = `ord_${"0".repeat(32)}`;
const item: WireStuckItem = {
  id: `dead_hold~PROD-1~${orderId}:1`,
  kind: "dead_hold",
  order_id: orderId,
  sku: "PROD-1",
  amount_minor: null,
  currency: null,
  age_seconds: 61,
  detail: "2 of PROD-1 are held.",
  actions: ["release"],
};
const intervention: WireIntervention = { item, action: "release", outcome: "done", detail: null };

/** An app whose orders Worker answers so. A method that is not given must not be called. */
function appWith(auditor: Partial<Pick<OrdersApi, "audit" | "stuck" | "resolveStuck">>) {
  const unexpected = () => Promise.reject(new Error("not expected"));
  return fakeApp({
    auditor: { audit: unexpected, stuck: unexpected, resolveStuck: unexpected, ...auditor },
    orderActor: fakeRequestRecord(),
  });
}

describe.each([
  ["/v1/audit", "audit", { ok: true, audit }, audit],
  ["/v1/stuck", "stuck", { ok: true, list: { data: [item], next_cursor: "next" } }, { data: [item], next_cursor: "next" }],
] as const)("GET %s", (path, method, reply, body) => {
  test("answers an operator what was found, and hands the cursor and the time that is left on", async () => {
    const read = vi.fn(() => Promise.resolve(reply));
    const response = await send(appWith({ [method]: read }), ["GET", `${path}?cursor=here`], { key: operatorKey });
    expect([response.status, await response.json()]).toEqual([200, body]);
    expect(read).toHaveBeenCalledExactlyOnceWith({ cursor: "here", budgetMs: 8_000 });
  });

  test("begins at the beginning without a cursor", async () => {
    const read = vi.fn(() => Promise.resolve(reply));
    await send(appWith({ [method]: read }), ["GET", path], { key: operatorKey });
    expect(read).toHaveBeenCalledExactlyOnceWith({ cursor: null, budgetMs: 8_000 });
  });

  test("is not for customers", async () => {
    expect(await problemOf(await send(appWith({}), ["GET", path]))).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("refuses a cursor that it has not given out, and a filter that there is not", async () => {
    const app = appWith({ [method]: () => Promise.resolve({ ok: false, code: "invalid_cursor" }) });
    const refusal = await problemOf(await send(app, ["GET", `${path}?cursor=x`], { key: operatorKey }));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_query", errors: [{ field: "cursor" }] });
    expect(await problemOf(await send(app, ["GET", `${path}?since=1`], { key: operatorKey }))).toMatchObject({ status: 400 });
  });

  test("says that it is unavailable when something cannot be read", async () => {
    const app = appWith({ [method]: () => Promise.reject(new Error("Postgres is gone")) });
    expect(await problemOf(await send(app, ["GET", path], { key: operatorKey }))).toMatchObject({ status: 503, code: "unavailable" });
  });
});

describe("POST /v1/stuck/:id/resolve", () => {
  const path = `/v1/stuck/${item.id}/resolve`;
  const post = (app: ReturnType<typeof appWith>, options: object = {}) =>
    send(app, ["POST", path], { key: operatorKey, body: { action: "release" }, ...options });

  test("does it once for a key, in the name of who asked, and answers the same again", async () => {
    const resolveStuck = vi.fn<OrdersApi["resolveStuck"]>(() => Promise.resolve({ ok: true, intervention }));
    const app = appWith({ resolveStuck });
    const [first, again] = [await post(app), await post(app)];
    expect([first.status, await first.json()]).toEqual([200, intervention]);
    expect([again.status, again.headers.get("Idempotent-Replayed"), await again.json()]).toEqual([200, "true", intervention]);
    expect(resolveStuck).toHaveBeenCalledOnce();
    expect(resolveStuck.mock.calls[0]?.[0]).toMatchObject({ id: item.id, action: "release", principalId: "ops", waitMs: 9_000 });
    expect(resolveStuck.mock.calls[0]?.[0].operationId).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    [{ ok: false, code: "not_found" }, 404, "not_found"],
    [{ ok: false, code: "not_stuck" }, 409, "not_stuck"],
    [{ ok: false, code: "wrong_action", actions: ["finish"] }, 422, "validation_failed"],
  ] as const)("%j is %i", async (reply, status, code) => {
    const app = appWith({ resolveStuck: () => Promise.resolve(reply) });
    expect(await problemOf(await post(app))).toMatchObject({ status, code });
  });

  test("an unknown outcome is 503, and the same request may find out", async () => {
    const resolveStuck = vi.fn<OrdersApi["resolveStuck"]>(() => Promise.resolve({ ok: true, intervention }));
    resolveStuck.mockRejectedValueOnce(new Error("the answer was lost"));
    const app = appWith({ resolveStuck });
    expect(await problemOf(await post(app))).toMatchObject({ status: 503, code: "unavailable" });
    expect((await post(app)).status).toBe(200);
  });

  test.each([{}, { action: "burn" }, { action: "void", amount_minor: 1 }])("%j is 422", async (body) => {
    expect(await problemOf(await post(appWith({}), { body }))).toMatchObject({ status: 422, code: "validation_failed" });
  });

  test("is not for customers, and not without a key of its own", async () => {
    const app = appWith({});
    expect(await problemOf(await send(app, ["POST", path], { body: { action: "release" } }))).toMatchObject({ status: 403 });
    expect(await problemOf(await post(app, { idempotencyKey: null }))).toMatchObject({ status: 400, code: "idempotency_key_missing" });
  });
});
