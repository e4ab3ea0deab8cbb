import { describe, expect, test, vi } from "vitest";
import type { NotificationsApi } from "../../../shared/contracts/rpc.ts";
import { idempotencyName } from "../../../shared/platform/ids.ts";
import { fakeApp, fakeRequestRecord, operatorKey, problemOf, send } from "../testing/fake-ports.ts";

const body = { recipient: "ada", subject: "Hello", message: "Your parcel is late" };
const notification = { id: "ntf", kind: "manual", ...body, order_id: null, sent_at: "2026-11-21T09:30:00.000Z" };

describe("POST /v1/notify", () => {
  test("sends it under an id made of the key", async () => {
    const notify = vi.fn<NotificationsApi["notify"]>(() => Promise.resolve(notification));
    const app = fakeApp({ orderActor: fakeRequestRecord(), notifications: { notify } });
    const response = await send(app, ["POST", "/v1/notify"], { key: operatorKey, body, headers: { "X-Request-Id": "req" } });
    expect([response.status, await response.json()]).toEqual([201, notification]);
    const id = `ntf_${await idempotencyName("ops", "key-1")}`;
    const context = { requestId: "req", correlationId: "req" };
    expect(notify).toHaveBeenCalledExactlyOnceWith({ id, kind: "manual", ...body, orderId: null, context });
  });

  test.each([{}, { ...body, subject: "" }, { ...body, message: "x".repeat(10_001) }, { ...body, kind: "order.confirmed" }])(
    "%j is 422",
    async (sent) => {
      const response = await send(fakeApp(), ["POST", "/v1/notify"], { key: operatorKey, body: sent });
      expect(await problemOf(response)).toMatchObject({ status: 422, code: "validation_failed" });
    },
  );
});
