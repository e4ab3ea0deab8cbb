import { describe, expect, test, vi } from "vitest";
import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { OperatingError } from "../../shared/errors/operating-error.ts";
import { idempotencyName } from "../../shared/platform/ids.ts";
import type { WireOrder } from "../../shared/contracts/order.ts";
import { ProblemError } from "./problem-error.ts";
import {
  changed,
  fakeApp,
  fakeOrderActor,
  fakeRequestRecord,
  operatorKey,
  problemOf,
  send,
  startMs,
  stockLevels,
  wireOrder,
  type PortOverrides,
} from "./testing/fake-ports.ts";

const path = "/v1/inventory/PROD-1/receive";

function setUp(overrides: PortOverrides = {}) {
  const record = fakeRequestRecord();
  const receive = vi.fn<StockActorApi["receive"]>(() => Promise.resolve({ ok: true, levels: stockLevels }));
  const app = fakeApp({ orderActor: record, stockActor: { receive }, ...overrides });
  const post = (requestId: string, body: unknown = { quantity: 5 }) =>
    send(app, ["POST", path], { key: operatorKey, body, headers: { "X-Request-Id": requestId } });
  return { record, receive, post };
}

describe("idempotently", () => {
  test("the first runs, the second gets the same answer without running", async () => {
    const { receive, post } = setUp();
    const [first, again] = [await post("one"), await post("two")];
    expect([first.status, first.headers.get("Idempotent-Replayed")]).toEqual([200, null]);
    expect([again.status, again.headers.get("Idempotent-Replayed"), again.headers.get("X-Request-Id")]).toEqual([200, "true", "two"]);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get("Content-Type")).toBe("application/json");
    expect(receive).toHaveBeenCalledExactlyOnceWith({ sku: "PROD-1", quantity: 5, operationId: await idempotencyName("ops", "key-1") });
  });

  test("a business refusal is kept, with the first request's id", async () => {
    const { receive, post } = setUp();
    receive.mockResolvedValue({ ok: false, code: "quantity_too_large" });
    const [first, again] = [await post("one"), await post("two")];
    expect([first.status, again.status, again.headers.get("Idempotent-Replayed")]).toEqual([422, 422, "true"]);
    expect(await again.clone().text()).toBe(await first.text());
    expect(await problemOf(again)).toMatchObject({ code: "quantity_too_large", request_id: "one" });
    expect(receive).toHaveBeenCalledOnce();
  });

  test.each([
    ["an operating failure", new OperatingError("no answer", { retryable: true }), 503],
    ["a defect", new Error("broken"), 500],
    ["a problem on our side", new ProblemError("payment_unavailable"), 503],
    ["a refusal that is over in a moment", new ProblemError("payment_in_progress"), 409],
  ])("%s is not kept: the key is free again", async (_name, error, status) => {
    const { receive, record, post } = setUp();
    receive.mockRejectedValueOnce(error);
    expect((await post("one")).status).toBe(status);
    expect(record.finishRequest).not.toHaveBeenCalled();
    const again = await post("two");
    expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([200, null]);
  });

  test("an answer that could not be kept is not given: the next try runs again", async () => {
    const { receive, record, post } = setUp();
    vi.mocked(record.finishRequest).mockRejectedValueOnce(new OperatingError("no answer", { retryable: true }));
    expect((await post("one")).status).toBe(503);
    expect((await post("two")).status).toBe(200);
    expect(receive).toHaveBeenCalledTimes(2);
  });

  test("a key that cannot be freed hides nothing of what went wrong", async () => {
    const { receive, record, post } = setUp();
    receive.mockRejectedValueOnce(new OperatingError("no answer", { retryable: true }));
    vi.mocked(record.abandonRequest).mockRejectedValueOnce(new Error("gone too"));
    expect((await post("one")).status).toBe(503);
  });

  test("a failed validation leaves the key free", async () => {
    const { record, post } = setUp();
    expect((await post("one", { quantity: 0 })).status).toBe(422);
    expect(record.beginRequest).not.toHaveBeenCalled();
    expect((await post("two")).status).toBe(200);
  });

  test("another request with the key is 422, naming what differs", async () => {
    const { receive, post } = setUp();
    await post("one");
    const response = await post("two", { quantity: 6 });
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({ code: "idempotency_mismatch", errors: [{ field: "body.quantity" }] });
    expect(receive).toHaveBeenCalledOnce();
  });

  test("the order of members and the spaces between them make no other request", async () => {
    const { post } = setUp();
    await post("one", '{"quantity":5}');
    expect((await post("two", ' { "quantity" : 5 } ')).headers.get("Idempotent-Replayed")).toBe("true");
  });

  test("DUPLICATE_POLICY=reject: a duplicate is 409", async () => {
    const { post } = setUp({ settings: { duplicatePolicy: "reject" } });
    await post("one");
    const response = await post("two");
    expect(response.status).toBe(409);
    expect(await problemOf(response)).toMatchObject({ code: "duplicate_request" });
  });

  describe("work that is still under way", () => {
    const workPath = `/v1/orders/${wireOrder.id}/cancel`;
    const working = { ...changed, kind: "working", order: { ...wireOrder, status: "compensating" } } as const;
    const done = { ...changed, order: { ...wireOrder, status: "cancelled" } } as const;
    const cancel = (app: ReturnType<typeof fakeApp>, body: unknown = {}) => send(app, ["POST", workPath], { body });
    const readable = async (response: Response) => ({
      status: response.status,
      replayed: response.headers.get("Idempotent-Replayed"),
      location: response.headers.get("Location"),
      retryAfter: response.headers.get("Retry-After"),
      orderStatus: (await response.json<WireOrder>()).status,
    });
    const location = `/v1/orders/${wireOrder.id}`;

    test("is 202 and not kept: the same request asks again, under the same operation id, until there is an answer to keep", async () => {
      const actor = fakeOrderActor(working, done);
      const app = fakeApp({ orderActor: actor });
      const answers = [await cancel(app), await cancel(app), await cancel(app)];
      expect(await Promise.all(answers.map(readable))).toEqual([
        { status: 202, replayed: null, location, retryAfter: "1", orderStatus: "compensating" },
        { status: 200, replayed: null, location, retryAfter: null, orderStatus: "cancelled" },
        { status: 200, replayed: "true", location, retryAfter: null, orderStatus: "cancelled" },
      ]);
      const ids = actor.changeOrder.mock.calls.map(([command]) => command.change.operationId);
      expect(ids).toEqual([await idempotencyName("ada", "key-1"), await idempotencyName("ada", "key-1")]);
      expect(actor.finishRequest).toHaveBeenCalledOnce();
    });

    test("keeps its key from another request", async () => {
      const app = fakeApp({ orderActor: fakeOrderActor(working) });
      await cancel(app);
      expect((await cancel(app, { reason: "late" })).status).toBe(422);
    });

    test("DUPLICATE_POLICY=reject: it may be asked for again until it is answered, then 409 with a link", async () => {
      const app = fakeApp({ orderActor: fakeOrderActor(working, done), settings: { duplicatePolicy: "reject" } });
      const answers = [await cancel(app), await cancel(app), await cancel(app)];
      expect(answers.map(({ status }) => status)).toEqual([202, 200, 409]);
      expect(answers[2]?.headers.get("Link")).toBe(`<${location}>; rel="related"`);
    });
  });

  test("while the first runs, the second waits for its answer", async () => {
    let nowMs = startMs;
    const first = Promise.withResolvers<Awaited<ReturnType<StockActorApi["receive"]>>>();
    const sleep = vi.fn(async (ms: number) => {
      nowMs += ms;
      if (sleep.mock.calls.length === 3) first.resolve({ ok: true, levels: stockLevels });
      await one;
    });
    const { receive, record, post } = setUp({
      now: () => nowMs,
      sleep: (ms) => (sleep.mock.calls.length < 2 ? (sleep(ms), Promise.resolve()) : sleep(ms)),
    });
    receive.mockReturnValueOnce(first.promise);
    const one = post("one");
    await vi.waitFor(() => expect(record.beginRequest).toHaveBeenCalledOnce());
    const two = await post("two");
    expect(two.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await two.text()).toBe(await (await one).text());
    expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([50, 100, 200]);
  });

  test("a first that does not end is waited for up to the deadline, in few calls, then 409 with Retry-After", async () => {
    let nowMs = startMs;
    const beginRequest = vi.fn(() => Promise.resolve({ kind: "running" as const }));
    const sleep = (ms: number) => ((nowMs += ms), Promise.resolve());
    const { post } = setUp({ orderActor: { beginRequest }, now: () => nowMs, sleep });
    const response = await post("two");
    expect([response.status, response.headers.get("Retry-After")]).toEqual([409, "1"]);
    expect(await problemOf(response)).toMatchObject({ code: "request_in_progress" });
    expect(nowMs - startMs).toBeLessThanOrEqual(9_000);
    expect(nowMs - startMs).toBeGreaterThan(8_000);
    expect(beginRequest.mock.calls.length).toBeLessThan(20);
  });

  test("the work goes on when nobody waits for it any more", async () => {
    const record = fakeRequestRecord();
    const waitUntil = vi.fn<(work: Promise<unknown>) => void>();
    const app = fakeApp({ orderActor: record, stockActor: { receive: () => Promise.resolve({ ok: true, levels: stockLevels }) } });
    const request = new Request(`http://gateway${path}`, {
      method: "POST",
      body: '{"quantity":5}',
      headers: { "Content-Type": "application/json", "Idempotency-Key": "k", Authorization: `Bearer ${operatorKey}` },
    });
    const context = { waitUntil, passThroughOnException: () => undefined, props: {} } as unknown as ExecutionContext;
    await app.fetch(request, {}, context);
    await Promise.all(waitUntil.mock.calls.map(([work]) => work));
    expect(waitUntil).toHaveBeenCalledOnce();
    expect(record.finishRequest).toHaveBeenCalledOnce();
  });
});
