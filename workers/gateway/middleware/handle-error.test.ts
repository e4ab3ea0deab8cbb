import { afterEach, describe, expect, test, vi } from "vitest";
import { OperatingError } from "../../../shared/errors/operating-error.ts";
import { fakeApp, madeId, problemOf, send, wireOrder } from "../testing/fake-ports.ts";

const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
afterEach(() => vi.clearAllMocks());

const failWith = (thrown: unknown) => {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is thrown is the case
  const getOrder = () => Promise.reject(thrown);
  return send(fakeApp({ orderActor: { getOrder } }), ["GET", `/v1/orders/${wireOrder.id}`]);
};

describe("handleError", () => {
  test.each([
    ["an error", new TypeError("secret detail")],
    ["a text", "secret detail"],
    ["nothing", undefined],
    ["an object", { secret: "detail" }],
    ["a platform error that will not go away", Object.assign(new Error("secret detail"), { retryable: false })],
  ])("%s becomes a 500 that tells nothing and is logged", async (_name, thrown) => {
    const response = await failWith(thrown);
    expect(response.status).toBe(500);
    expect(await problemOf(response)).toEqual({
      type: "urn:holdfast:problem:internal_error",
      title: "Something is wrong on our side",
      status: 500,
      code: "internal_error",
      request_id: madeId,
    });
    expect(error).toHaveBeenCalledOnce();
    expect(JSON.parse(String(error.mock.calls[0]?.[0]))).toMatchObject({ level: "error", request_id: madeId, code: "internal_error" });
  });

  test.each<[string, Error]>([
    ["an OperatingError", new OperatingError("stock did not answer", { retryable: true })],
    ["one that crossed RPC", Object.assign(new Error("stock did not answer"), { name: "OperatingError", retryable: true })],
    ["a lost Durable Object", Object.assign(new Error("Network connection lost."), { retryable: true, remote: true })],
    ["an overloaded Durable Object", Object.assign(new Error("Durable Object is overloaded."), { overloaded: true })],
  ])("%s becomes a 503 with Retry-After and is logged", async (_name, thrown) => {
    const response = await failWith(thrown);
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(await problemOf(response)).toMatchObject({ code: "unavailable" });
    expect(String(warn.mock.calls[0]?.[0])).toContain(thrown.message);
  });

  test("a path that does not exist is a problem too", async () => {
    const response = await send(fakeApp(), ["GET", "/nowhere"]);
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toEqual({
      type: "urn:holdfast:problem:not_found",
      title: "There is nothing here",
      status: 404,
      code: "not_found",
      request_id: madeId,
    });
  });
});
