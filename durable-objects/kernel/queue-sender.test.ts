import { expect, test, vi } from "vitest";
import { queueSender } from "./queue-sender.ts";

test("queueSender sends one message as it is, and several as a batch", async () => {
  const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
  const queue = { send: vi.fn(() => Promise.resolve({ metadata })), sendBatch: vi.fn(() => Promise.resolve({ metadata })) };
  const [one, other] = [{ body: "1", contentType: "text" } as const, { body: "2", contentType: "text" } as const];
  expect(await queueSender(queue).sendBatch([one])).toEqual({ metadata });
  await queueSender(queue).sendBatch([one, other]);
  expect(queue.send.mock.calls).toEqual([["1", { contentType: "text" }]]);
  expect(queue.sendBatch.mock.calls).toEqual([[[one, other]]]);
});

test("queueSender lets a refusal through", async () => {
  const queue = { send: () => Promise.reject(new Error("too much")), sendBatch: vi.fn() };
  await expect(queueSender(queue).sendBatch([{ body: "1" }])).rejects.toThrow("too much");
});
