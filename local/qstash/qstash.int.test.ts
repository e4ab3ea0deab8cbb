import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@upstash/qstash";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Send } from "./attempt.ts";
import { openQstash, type LocalQstash, type QstashOptions } from "./open-qstash.ts";
import { readJob } from "./read-job.ts";
import { QstashStore } from "./store.ts";
import { manualClock, type ManualClock } from "./testing/manual-clock.ts";
import { openReceiver, type TestReceiver } from "./testing/receiver.ts";

const startMs = Date.parse("2026-11-21T09:30:15.000Z");
let clock: ManualClock;
let qstash: LocalQstash;
let receiver: TestReceiver;
let client: Client;

const clientOf = ({ url, token }: LocalQstash): Client => new Client({ baseUrl: url, token, devMode: false, retry: false });

beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  clock = manualClock(startMs);
  qstash = await openQstash({ path: ":memory:", port: 0, clock });
  qstash.deliver();
  receiver = await openReceiver(qstash);
  client = clientOf(qstash);
});
afterEach(async () => {
  await qstash.close();
  await receiver[Symbol.asyncDispose]();
  vi.useRealTimers();
});

/** What has arrived once everything that is due has been delivered. */
async function received(): Promise<TestReceiver["received"]> {
  await qstash.settled();
  return receiver.received;
}

describe("publishing", () => {
  it("delivers the body as it is, with the headers that were forwarded, signed for the URL that was named", async () => {
    const url = `${receiver.url}/hook?shop=1`;
    const { messageId } = await client.publish({
      url,
      body: "ünïcode",
      method: "PUT",
      headers: { "Content-Type": "text/plain", "X-Shop": "one", Authorization: "Bearer theirs" },
    });
    expect(messageId).toMatch(/^msg_/);
    const sent = {
      method: "PUT",
      path: "/hook?shop=1",
      body: "ünïcode",
      signed: true,
      headers: {
        "content-type": "text/plain",
        "x-shop": "one",
        authorization: "Bearer theirs",
        "user-agent": "Upstash-QStash",
        "upstash-message-id": messageId,
        "upstash-retried": "0",
      },
    };
    expect(await received()).toMatchObject([sent]);
  });

  it("sends a GET without a body", async () => {
    await client.publish({ url: `${receiver.url}/get`, method: "GET" });
    expect(await received()).toMatchObject([{ method: "GET", body: "", signed: true }]);
  });

  it("keeps a batch together", async () => {
    const answers = await client.batchJSON([1, 2].map((number) => ({ url: `${receiver.url}/${number}`, body: { number } })));
    expect(answers).toHaveLength(2);
    expect((await received()).map(({ path, body, signed }) => [path, body, signed])).toEqual([
      ["/1", '{"number":1}', true],
      ["/2", '{"number":2}', true],
    ]);
    await expect(client.batch([{ url: `${receiver.url}/` }, { url: "ftp://nowhere" }])).rejects.toThrow("invalid destination");
    expect(await received()).toHaveLength(2);
  });

  it.each([
    ["a delay", { delay: 90 } as const],
    ["a delay in words", { delay: "90s" } as const],
    ["a time", { notBefore: startMs / 1_000 + 90 }],
    ["a time, which wins over a delay", { notBefore: startMs / 1_000 + 90, delay: 5 } as const],
  ])("waits for %s", async (_name, when) => {
    const { messageId } = await client.publish({ url: `${receiver.url}/`, body: "later", ...when });
    clock.advance(89_000);
    expect(await received()).toEqual([]);
    expect(await client.messages.get(messageId)).toMatchObject({ messageId, body: "later", notBefore: startMs + 90_000 });
    clock.advance(1_000);
    expect(await received()).toHaveLength(1);
    await expect(client.messages.get(messageId)).rejects.toMatchObject({ status: 404 });
  });

  it("forgets a message that was cancelled while it waited", async () => {
    const ids = await Promise.all(
      [1, 2, 3].map(async (body) => (await client.publishJSON({ url: `${receiver.url}/`, body, delay: 60 })).messageId),
    );
    expect(await client.messages.cancel(ids[0] ?? "")).toEqual({ cancelled: 1 });
    expect(await client.messages.cancel(ids.slice(1, 2))).toEqual({ cancelled: 1 });
    await expect(client.messages.cancel(ids[0] ?? "")).rejects.toMatchObject({ status: 404 });
    clock.advance(60_000);
    expect((await received()).map(({ body }) => body)).toEqual(["3"]);
  });

  it.each([
    ["an id", { deduplicationId: "one" }],
    ["its content", { contentBasedDeduplication: true }],
  ])("takes a message once in ten minutes by %s", async (_name, sameness) => {
    const publish = () => client.publishJSON({ url: `${receiver.url}/`, body: { n: 1 }, ...sameness });
    const first = await publish();
    expect(await publish()).toEqual({ messageId: first.messageId, deduplicated: true });
    expect(await received()).toHaveLength(1);
    clock.advance(600_000);
    expect((await publish()).messageId).not.toBe(first.messageId);
    expect(await received()).toHaveLength(2);
  });

  it("takes messages of other content for other messages, the forwarded headers included", async () => {
    const options = { url: `${receiver.url}/`, contentBasedDeduplication: true };
    await client.publish({ ...options, body: "a" });
    await client.publish({ ...options, body: "b" });
    await client.publish({ ...options, body: "a", headers: { "X-Shop": "two" } });
    expect(await received()).toHaveLength(3);
  });

  it.each([
    ["a URL group", { urlGroup: "everyone" }],
    ["flow control", { url: "http://127.0.0.1:1", flowControl: { key: "k", rate: 1 } }],
    ["redaction", { url: "http://127.0.0.1:1", redact: { body: true } as const }],
    ["a retry delay that is none", { url: "http://127.0.0.1:1", retryDelay: "now" }],
  ])("refuses %s, which it does not do, and keeps nothing", async (_name, request) => {
    await expect(client.publish(request)).rejects.toMatchObject({ status: 400 });
    expect(await client.messages.cancel({ all: true })).toEqual({ cancelled: 0 });
  });

  it("refuses another token, and says of what it does not know that it does not know it", async () => {
    const stranger = new Client({ baseUrl: qstash.url, token: "other", devMode: false, retry: false });
    await expect(stranger.publish({ url: `${receiver.url}/` })).rejects.toMatchObject({ status: 401 });
    await expect(client.queue({ queueName: "q" }).get()).rejects.toMatchObject({ status: 404 });
  });
});

describe("a delivery that fails", () => {
  it("is tried again after 12 s and 2 min 28 s, then buried, and can be retried and deleted", async () => {
    receiver.answers.push(500, 503, 404);
    const { messageId } = await client.publish({ url: `${receiver.url}/`, body: "hard", retries: 2, label: "shop" });
    for (const [ms, tries] of [
      [12_181, 1],
      [1, 2],
      [148_412, 2],
      [1, 3],
      [86_400_000, 3],
    ] as const) {
      await received();
      clock.advance(ms);
      expect(await received()).toHaveLength(tries);
    }
    expect(receiver.received.map(({ headers, signed }) => [headers["upstash-retried"], signed])).toEqual([
      ["0", true],
      ["1", true],
      ["2", true],
    ]);
    const { messages } = await client.dlq.listMessages();
    expect(messages).toMatchObject([
      { messageId, body: "hard", label: "shop", responseStatus: 404, responseBody: '{"answered":404}', maxRetries: 2 },
    ]);

    const dlqId = messages[0]?.dlqId ?? "";
    const { responses } = await client.dlq.retry(dlqId);
    expect(responses).toHaveLength(1);
    expect(await received()).toMatchObject([{}, {}, {}, { body: "hard", headers: { "upstash-retried": "0" }, signed: true }]);
    await expect(client.dlq.delete(dlqId)).rejects.toMatchObject({ status: 404 });
    expect((await client.dlq.listMessages()).messages).toEqual([]);
  });

  it("is not tried again when the destination says that it would be for nothing", async () => {
    const send: Send = () => Promise.resolve(new Response(null, { status: 489, headers: { "Upstash-NonRetryable-Error": "true" } }));
    const { client: other, qstash: opened } = await openOther({ send });
    await other.publish({ url: `${receiver.url}/` });
    await opened.settled();
    expect((await other.dlq.listMessages()).messages).toMatchObject([{ responseStatus: 489 }]);
  });

  it("is tried again when the destination or the publisher wants", async () => {
    const asked = vi.fn<Send>(() => Promise.resolve(new Response(null, { status: 503, headers: { "Retry-After": "1" } })));
    const { client: other, qstash: opened } = await openOther({ send: asked });
    await other.publish({ url: `${receiver.url}/` });
    await opened.settled();
    clock.advance(1_000);
    await opened.settled();
    expect(asked).toHaveBeenCalledTimes(2);

    receiver.answers.push(500);
    await client.publish({ url: `${receiver.url}/`, retryDelay: "2000 * (1 + retried)" });
    await received();
    clock.advance(2_000);
    expect(await received()).toHaveLength(2);
  });

  it("has failed when there is no answer in time", async () => {
    const { client: other, qstash: opened } = await openOther({
      send: noAnswer,
    });
    await other.publish({ url: `${receiver.url}/`, timeout: 5, retries: 0 });
    clock.advance(4_999);
    expect(await other.dlq.listMessages()).toEqual({ messages: [] });
    clock.advance(1);
    await opened.settled();
    expect((await other.dlq.listMessages()).messages).toMatchObject([{ responseStatus: 0, responseBody: "Error: no answer in 5000 ms" }]);
  });

  it("tells the callbacks what the destination said, each try, and at the end that it has failed", async () => {
    await using callbacks = await openReceiver(qstash);
    receiver.answers.push(500);
    await client.publish({
      url: `${receiver.url}/`,
      body: "asked",
      retries: 1,
      callback: `${callbacks.url}/each`,
      failureCallback: `${callbacks.url}/failed`,
      headers: { "Upstash-Callback-Forward-Shop": "one" },
    });
    await received();
    receiver.answers.push(502);
    clock.advance(12_182);
    await received();
    const bodies = callbacks.received.map(({ path, body }) => [path, JSON.parse(body) as Record<string, unknown>] as const);
    expect(callbacks.received.every(({ signed }) => signed)).toBe(true);
    expect(callbacks.received[0]).toMatchObject({ headers: { shop: "one", "content-type": "application/json" } });
    expect(bodies.map(([path, { status, retried, maxRetries }]) => [path, status, retried, maxRetries])).toEqual([
      ["/each", 500, 0, 1],
      ["/each", 502, 1, 1],
      ["/failed", 502, 1, 1],
    ]);
    const [letter] = (await client.dlq.listMessages()).messages;
    expect(bodies[2]?.[1]).toMatchObject({ dlqId: letter?.dlqId, sourceMessageId: letter?.messageId, sourceBody: btoa("asked") });
  });
});

describe("dead letters", () => {
  beforeEach(async () => {
    receiver.answers.push(500, 501, 502);
    for (const number of [1, 2, 3]) {
      await client.publish({ url: `${receiver.url}/${number}`, retries: 0, label: number === 1 ? "first" : "other" });
      await qstash.settled();
    }
  });
  const paths = async (options: Parameters<Client["dlq"]["listMessages"]>[0] = {}): Promise<string[]> =>
    (await client.dlq.listMessages(options)).messages.map(({ url }) => new URL(url).pathname);

  it("are listed the newest first, page by page, and by filter", async () => {
    expect(await paths()).toEqual(["/3", "/2", "/1"]);
    const { messages, cursor } = await client.dlq.listMessages({ count: 2 });
    expect(messages).toHaveLength(2);
    expect(await paths({ count: 2, cursor: cursor ?? "none" })).toEqual(["/1"]);
    expect(await paths({ filter: { label: "first" } })).toEqual(["/1"]);
    expect(await paths({ filter: { responseStatus: [500, 502] } })).toEqual(["/3", "/1"]);
    expect(await paths({ dlqIds: [messages[0]?.dlqId ?? ""] })).toEqual(["/3"]);
  });

  it("are deleted by id, by filter, or all; an unknown filter deletes nothing", async () => {
    expect(await client.dlq.delete({ filter: { label: "first" } })).toEqual({ deleted: 1 });
    await expect(client.dlq.delete({ filter: { queueName: "q" } })).rejects.toMatchObject({ status: 400 });
    expect(await paths()).toEqual(["/3", "/2"]);
    expect(await client.dlq.delete({ all: true })).toEqual({ deleted: 2 });
  });

  it("are kept for a week", async () => {
    clock.advance(7 * 86_400_000);
    expect(await paths()).toEqual([]);
  });
});

describe("schedules", () => {
  it("publish at their times, one message each, and can be paused, resumed and deleted", async () => {
    const request = { destination: `${receiver.url}/tick`, cron: "* * * * *", scheduleId: "tick", body: "now", retries: 0 };
    expect(await client.schedules.create(request)).toEqual({ scheduleId: "tick" });
    expect(await received()).toEqual([]);
    clock.advance(45_000);
    expect(await received()).toMatchObject([{ path: "/tick", body: "now", signed: true, headers: { "upstash-schedule-id": "tick" } }]);
    clock.advance(60_000);
    expect(await received()).toHaveLength(2);
    const minute = startMs + 105_000;
    expect(await client.schedules.get("tick")).toMatchObject({
      cron: "* * * * *",
      lastScheduleTime: minute,
      nextScheduleTime: minute + 60_000,
      isPaused: false,
    });

    await client.schedules.pause({ schedule: "tick" });
    clock.advance(60_000);
    expect(await received()).toHaveLength(2);
    expect(await client.schedules.list()).toMatchObject([{ scheduleId: "tick", isPaused: true }]);
    await client.schedules.resume({ schedule: "tick" });
    clock.advance(60_000);
    expect(await received()).toHaveLength(3);

    await client.schedules.delete("tick");
    clock.advance(60_000);
    expect(await received()).toHaveLength(3);
    await expect(client.schedules.get("tick")).rejects.toMatchObject({ status: 404 });
  });

  it("are replaced by one of the same id", async () => {
    for (const cron of ["* * * * *", "CRON_TZ=Europe/Berlin 0 12 * * *"])
      await client.schedules.create({ destination: receiver.url, cron, scheduleId: "one" });
    expect(await client.schedules.list()).toMatchObject([{ scheduleId: "one", nextScheduleTime: Date.parse("2026-11-21T11:00:00Z") }]);
    clock.advance(60_000);
    expect(await received()).toEqual([]);
  });

  it("are refused with a cron expression that is none", async () => {
    await expect(client.schedules.create({ destination: receiver.url, cron: "often" })).rejects.toMatchObject({ status: 400 });
  });
});

describe("signing keys", () => {
  it("are rotated: what a receiver of before takes is signed with its next key", async () => {
    const before = qstash.signingKeys();
    const rotate = () => fetch(`${qstash.url}/v2/keys/rotate`, { method: "POST", headers: { authorization: `Bearer ${qstash.token}` } });
    expect(await (await rotate()).json()).toEqual({ current: before.next, next: qstash.signingKeys().next });
    expect(qstash.signingKeys().next).not.toBe(before.next);
    await client.publish({ url: `${receiver.url}/` });
    expect(await received()).toMatchObject([{ signed: true }]);
    await rotate();
    await client.publish({ url: `${receiver.url}/` });
    expect(await received()).toMatchObject([{ signed: true }, { signed: false }]);
  });
});

describe("stopping", () => {
  it("keeps everything for the next start on the same file", async () => {
    const path = await makePath();
    const first = await openOther({ path });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    receiver.answers.push(500, 500);
    await first.client.publish({ url: `${receiver.url}/buried`, retries: 0 });
    await first.client.publish({ url: `${receiver.url}/retried` });
    await first.client.publish({ url: `${receiver.url}/waiting`, delay: 60, deduplicationId: "one" });
    await first.client.schedules.create({ destination: `${receiver.url}/tick`, cron: "*/5 * * * *", scheduleId: "tick" });
    await first.qstash.settled();
    const keys = first.qstash.signingKeys();
    await first.qstash.close();
    await first.qstash.close();
    clock.advance(20 * 60_000);
    expect(await received()).toHaveLength(2);

    const second = await openOther({ path });
    expect([second.qstash.token, second.qstash.signingKeys()]).toEqual([first.qstash.token, keys]);
    await second.qstash.settled();
    expect(
      receiver.received
        .slice(2)
        .map(({ path: at }) => at)
        .sort(),
    ).toEqual(["/retried", "/waiting"]);
    expect((await second.client.dlq.listMessages()).messages).toMatchObject([{ url: `${receiver.url}/buried` }]);
    // Four of its times have passed meanwhile; they are not made up for.
    expect(await second.client.schedules.list()).toMatchObject([
      { scheduleId: "tick", nextScheduleTime: Date.parse("2026-11-21T09:55:00Z") },
    ]);
  });

  it("makes a try again that was under way when the process was killed", async () => {
    const path = await makePath();
    const store = new QstashStore(path);
    const job = readJob({ destination: `${receiver.url}/hook`, headers: {}, body: "taken" });
    store.addMessage({ ...job, messageId: "msg_1", createdAtMs: startMs, notBeforeMs: startMs, scheduleId: null });
    expect(store.claimDue({ nowMs: startMs, limit: 1 })).toHaveLength(1);
    store.close();
    const { qstash: opened } = await openOther({ path });
    await opened.settled();
    expect(receiver.received).toMatchObject([{ body: "taken", headers: { "upstash-message-id": "msg_1" } }]);
  });

  it("gives up what is under way, and makes the try again, without counting the first", async () => {
    const held = Promise.withResolvers<undefined>();
    const send = vi.fn<Send>((request) => {
      if (send.mock.calls.length > 1) return Promise.resolve(new Response());
      held.resolve(undefined);
      return noAnswer(request);
    });
    const { client: other, qstash: opened } = await openOther({ send });
    await other.publish({ url: `${receiver.url}/`, retries: 0 });
    await held.promise;
    await opened.stop();
    await expect(other.publish({ url: `${receiver.url}/` })).rejects.toThrow();
    await opened.start();
    await opened.settled();
    expect(send.mock.calls.map(([request]) => request.headers.get("upstash-retried"))).toEqual(["0", "0"]);
    expect((await other.dlq.listMessages()).messages).toEqual([]);
  });

  it("takes messages and delivers none before there is somebody to deliver to", async () => {
    const opened = await openQstash({ path: ":memory:", port: 0, clock });
    onTestFinished(() => opened.close());
    await clientOf(opened).publish({ url: `${receiver.url}/` });
    await opened.settled();
    expect(receiver.received).toEqual([]);
    opened.deliver();
    await opened.settled();
    expect(receiver.received).toHaveLength(1);
  });
});

async function makePath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-qstash-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "qstash.db");
}

/** A destination that takes a request and never answers it. */
const noAnswer: Send = ({ signal }) =>
  new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
  });

/** Another one beside the one under test. */
async function openOther(options: Partial<QstashOptions>): Promise<{ qstash: LocalQstash; client: Client }> {
  const opened = await openQstash({ path: ":memory:", port: 0, clock, ...options });
  onTestFinished(() => opened.close());
  opened.deliver();
  return { qstash: opened, client: clientOf(opened) };
}
