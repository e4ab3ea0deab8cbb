import { describe, expect, it } from "vitest";
import { batchesOf, messagesOf, queueDestination } from "./queue-destination.ts";

const text = (bytes: number, fill = "x") => ({ text: JSON.stringify(fill.repeat(bytes - 2)), attempts: 1 });
const texts = (count: number, bytes: number) => Array.from({ length: count }, (_, index) => text(bytes, String(index % 10)));
const sizes = (messages: ReturnType<typeof messagesOf>) => messages.map((message) => message.texts.length);

/** A queue that keeps what it is sent. */
function keptQueue() {
  const batches: unknown[][] = [];
  const sendBatch = (messages: Iterable<MessageSendRequest>) => {
    batches.push([...messages].map(({ body, contentType }) => [contentType, body]));
    return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
  };
  return { batches, queue: { sendBatch } };
}

describe("messagesOf", () => {
  it("puts up to 50 rows into a message", () => {
    expect(sizes(messagesOf(texts(120, 10)))).toEqual([50, 50, 20]);
  });
  it("stays below 125,000 bytes, counted in UTF-8, in the rows' order", () => {
    const messages = messagesOf(texts(30, 12_000));
    expect(sizes(messages)).toEqual([10, 10, 10]);
    expect(messages.flatMap((message) => message.texts)).toEqual(texts(30, 12_000).map((item) => item.text));
    expect(sizes(messagesOf([text(50_000, "é"), text(30_000)]))).toEqual([1, 1]);
  });
  it("sends alone what was sent before, so that one that nobody can use does not take others with it", () => {
    const again = texts(3, 10).map((each) => ({ ...each, attempts: 2 }));
    expect(sizes(messagesOf([...again, ...texts(4, 10)]))).toEqual([4, 1, 1, 1]);
  });
  it("leaves a row alone that has no room for another, too large for the queue or not", () => {
    expect(sizes(messagesOf([text(10), text(124_995), text(140_000), text(10)]))).toEqual([1, 1, 1, 1]);
  });
});

describe("batchesOf", () => {
  it("stays below what one call takes: 200,000 bytes", () => {
    expect(batchesOf(messagesOf(texts(5, 80_000))).map((batch) => batch.length)).toEqual([2, 2, 1]);
  });
});

describe("queueDestination", () => {
  const [a, b] = [
    { id: "a", body: '{"n":1}' },
    { id: "b", body: '{"n":2}', value: { n: 2 } },
  ];

  it("sends one event as itself, and several as a list, as the text they are; none is done by that", async () => {
    const { batches, queue } = keptQueue();
    const destination = queueDestination("q", queue);
    expect(await destination.send([a])).toEqual([]);
    await destination.send([a, b]);
    expect(batches).toEqual([[["text", '{"n":1}']], [["text", '[{"n":1},{"n":2}]']]]);
  });

  it("sends what it is told to send for a row", async () => {
    const { batches, queue } = keptQueue();
    await queueDestination("q", queue, { textOf: ({ id }) => `"${id}"` }).send([a, b]);
    expect(batches).toEqual([[["text", '["a","b"]']]]);
  });

  it("sends a row as it is when it cannot be put into other words, and the others in theirs", async () => {
    const { batches, queue } = keptQueue();
    const textOf = ({ id }: { readonly id: string }): string => {
      if (id === "a") throw new Error("no words for it");
      return `"${id}"`;
    };
    await queueDestination("q", queue, { textOf }).send([a, b]);
    expect(batches).toEqual([[["text", `[${a.body},"b"]`]]]);
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
    await expect(queueDestination("q", { sendBatch }).send(texts(3, 99_000).map((item) => ({ id: "x", body: item.text })))).rejects.toThrow(
      "1 batches were refused: Error: too much",
    );
    expect(sent).toHaveLength(2);
  });
});
