import { describe, expect, it } from "vitest";
import { batchesOf, messagesOf, queueDestination } from "./queue-destination.ts";

const row = (id: string, bytes: number) => ({ id, body: JSON.stringify("x".repeat(bytes - 2)) });
const rows = (count: number, bytes: number) => Array.from({ length: count }, (_, index) => row(`row-${index}`, bytes));
const sizes = (messages: ReturnType<typeof messagesOf>) => messages.map((message) => message.rows.length);

/** A queue that keeps what it is sent. */
function keptQueue() {
  const batches: unknown[][] = [];
  const sendBatch = (messages: Iterable<MessageSendRequest>) => {
    batches.push([...messages].map(({ body }) => body));
    return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
  };
  return { batches, destination: queueDestination("q", { sendBatch }) };
}

describe("messagesOf", () => {
  it("puts up to 50 rows into a message", () => {
    expect(sizes(messagesOf(rows(120, 10)))).toEqual([50, 50, 20]);
  });
  it("stays below 100,000 bytes, counted in UTF-8, in the rows' order", () => {
    const messages = messagesOf(rows(30, 9_000));
    expect(sizes(messages)).toEqual([11, 11, 8]);
    expect(messages.flatMap((message) => message.rows.map(({ id }) => id))).toEqual(rows(30, 9).map(({ id }) => id));
    expect(sizes(messagesOf([{ id: "a", body: JSON.stringify("é".repeat(40_000)) }, row("b", 30_000)]))).toEqual([1, 1]);
  });
  it("sends alone what was sent before, so that one that nobody can use does not take others with it", () => {
    const again = rows(3, 10).map((each) => ({ ...each, attempts: 2 }));
    expect(sizes(messagesOf([...again, ...rows(4, 10)]))).toEqual([4, 1, 1, 1]);
  });
  it("leaves a row alone that has no room for another, too large for the queue or not", () => {
    expect(sizes(messagesOf([row("a", 10), row("b", 99_995), row("c", 120_000), row("d", 10)]))).toEqual([1, 1, 1, 1]);
  });
});

describe("batchesOf", () => {
  it("stays below what one call takes: 200,000 bytes", () => {
    expect(batchesOf(messagesOf(rows(5, 80_000))).map((batch) => batch.length)).toEqual([2, 2, 1]);
  });
});

describe("queueDestination", () => {
  it("sends one event as itself, and several as a list; none is done by that", async () => {
    const { batches, destination } = keptQueue();
    expect(await destination.send([{ id: "a", body: '{"n":1}' }])).toEqual([]);
    await destination.send([
      { id: "a", body: '{"n":1}' },
      { id: "b", body: "not read", value: { n: 2 } },
    ]);
    expect(batches).toEqual([[{ n: 1 }], [[{ n: 1 }, { n: 2 }]]]);
  });

  it("sends the other batches when one is refused, and says why it was", async () => {
    const sent: unknown[] = [];
    const sendBatch = (messages: Iterable<MessageSendRequest>) => {
      const bodies = [...messages].map(({ body }) => body);
      if (sent.length === 0) {
        sent.push("refused");
        return Promise.reject(new Error("too much"));
      }
      sent.push(...bodies);
      return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
    };
    await expect(queueDestination("q", { sendBatch }).send(rows(3, 99_000))).rejects.toThrow("1 batches were refused: Error: too much");
    expect(sent).toHaveLength(2);
  });
});
