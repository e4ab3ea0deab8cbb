import { describeError } from "../../shared/errors/operating-error.ts";
import { valueOf, type Destination, type OutboxRow } from "./outbox.ts";

/** Below the platform's 128 KB for one message and 256 KB for one `sendBatch`, with room for their envelopes. */
const maxMessageBytes = 100_000;
const maxBatchBytes = 200_000;
const maxBatchMessages = 100;
/** Rows that share a message come again together when none of them could be done: few enough for that to be cheap. */
const maxMessageRows = 50;

/**
 * A queue as a destination. Rows that leave together share messages: one event is a message by itself, several are an array of
 * events (the JSON batch format of CloudEvents), which costs the queue and its consumer what one does. The broker's word is not
 * enough: no row is done until the consumer has said so.
 */
export function queueDestination(name: string, queue: Pick<Queue, "sendBatch">): Destination {
  return {
    name,
    send: async (rows) => {
      // One batch that is refused must not keep the others from leaving.
      const sendings = batchesOf(messagesOf(rows)).map((batch) => queue.sendBatch(batch.map(toSendRequest)));
      const refused = (await Promise.allSettled(sendings)).filter((result) => result.status === "rejected");
      if (refused.length > 0) {
        const reasons = refused.map((result) => result.reason as unknown);
        throw new AggregateError(reasons, `${refused.length} batches were refused: ${describeError(reasons[0])}`);
      }
      return [];
    },
  };
}

/** Rows that travel as one message, and what they weigh in UTF-8. */
export interface ParcelOfRows {
  readonly rows: readonly OutboxRow[];
  readonly bytes: number;
}

function toSendRequest({ rows }: ParcelOfRows): MessageSendRequest {
  const [first, ...others] = rows.map(valueOf);
  return { body: others.length === 0 ? first : [first, ...others], contentType: "json" };
}

/**
 * Cuts the rows into messages. A row that is too large for company goes alone, so that it takes no other with it if it is refused; so
 * does one that was sent before: if it is the one that nobody can use, the queue gives up that one alone.
 */
export function messagesOf(rows: readonly OutboxRow[]): readonly ParcelOfRows[] {
  const weighed = rows.map((row) => ({ item: row, bytes: new TextEncoder().encode(row.body).byteLength }));
  const isFirst = ({ item: { attempts = 1 } }: { readonly item: OutboxRow }): boolean => attempts === 1;
  const together = cut(weighed.filter(isFirst), { maxBytes: maxMessageBytes, maxItems: maxMessageRows });
  const alone = weighed.filter((each) => !isFirst(each)).map(({ item, bytes }) => ({ items: [item], bytes }));
  return [...together, ...alone].map(({ items, bytes }) => ({ rows: items, bytes }));
}

/** Cuts messages into batches that fit one call. */
export const batchesOf = (messages: readonly ParcelOfRows[]): readonly (readonly ParcelOfRows[])[] =>
  cut(
    messages.map((message) => ({ item: message, bytes: message.bytes })),
    { maxBytes: maxBatchBytes, maxItems: maxBatchMessages },
  ).map(({ items }) => items);

interface Weighed<Item> {
  readonly item: Item;
  readonly bytes: number;
}

interface Cut<Item> {
  readonly items: Item[];
  bytes: number;
}

/** In order; what is larger than `maxBytes` by itself is a piece of its own. */
function cut<Item>(
  weighed: readonly Weighed<Item>[],
  { maxBytes, maxItems }: { maxBytes: number; maxItems: number },
): readonly Cut<Item>[] {
  const pieces: Cut<Item>[] = [];
  for (const { item, bytes } of weighed) {
    const last = pieces.at(-1);
    if (last === undefined || last.bytes + bytes > maxBytes || last.items.length === maxItems) pieces.push({ items: [item], bytes });
    else {
      last.items.push(item);
      last.bytes += bytes;
    }
  }
  return pieces;
}
