import { describeError } from "../../shared/errors/operating-error.ts";
import { writeEvents } from "../../shared/events/event-list.ts";
import type { Destination, OutboxRow } from "./outbox.ts";

/** Below the platform's 128 KB for one message and 256 KB for one `sendBatch`, with room for their envelopes. */
const maxMessageBytes = 125_000;
const maxBatchBytes = 200_000;
const maxBatchMessages = 100;
/** Rows that share a message come again together when none of them could be done: few enough for that to be cheap. */
const maxMessageRows = 50;

export interface QueueDestinationOptions {
  /** What is sent for a row, as JSON. Default: its body. */
  readonly textOf?: (row: OutboxRow) => string;
}

/**
 * A queue as a destination. Rows that leave together share messages (`writeEvents`), which costs the queue and its consumer what one
 * does. The broker's word is not enough: no row is done until the consumer has said so.
 */
export function queueDestination(
  name: string,
  queue: Pick<Queue, "sendBatch">,
  { textOf = ({ body }) => body }: QueueDestinationOptions = {},
): Destination {
  return {
    name,
    send: async (rows) => {
      const items = rows.map((row) => ({ text: textOrBody(row, textOf), attempts: row.attempts ?? 1 }));
      // One batch that is refused must not keep the others from leaving.
      const sendings = batchesOf(messagesOf(items)).map((batch) => queue.sendBatch(batch.map(toSendRequest)));
      const refused = (await Promise.allSettled(sendings)).filter((result) => result.status === "rejected");
      if (refused.length > 0) {
        const reasons = refused.map((result) => result.reason as unknown);
        throw new AggregateError(reasons, `${refused.length} batches were refused: ${describeError(reasons[0])}`);
      }
      return [];
    },
  };
}

/** A row that cannot be put into other words leaves as it is, so that it takes no other with it: its consumer gives it up if it must. */
function textOrBody(row: OutboxRow, textOf: (row: OutboxRow) => string): string {
  try {
    return textOf(row);
  } catch {
    return row.body;
  }
}

/** What is sent for a row. */
export interface RowText {
  /** JSON. */
  readonly text: string;
  /** Sendings of the row, this one included. */
  readonly attempts: number;
}

/** What travels as one message, and what it weighs in UTF-8. */
export interface Parcel {
  readonly texts: readonly string[];
  readonly bytes: number;
}

const toSendRequest = ({ texts }: Parcel): MessageSendRequest => ({ body: writeEvents(texts), contentType: "text" });

/**
 * Cuts what is sent into messages. What is too large for company goes alone, so that it takes no other with it if it is refused; so
 * does what was sent before: if it is the one that nobody can use, the queue gives up that one alone.
 */
export function messagesOf(items: readonly RowText[]): readonly Parcel[] {
  const encoder = new TextEncoder();
  const weighed = items.map((item) => ({ item, bytes: encoder.encode(item.text).byteLength }));
  const isFirst = ({ item }: Weighed<RowText>): boolean => item.attempts === 1;
  const together = cut(weighed.filter(isFirst), { maxBytes: maxMessageBytes, maxItems: maxMessageRows });
  const alone = weighed.filter((each) => !isFirst(each)).map(({ item, bytes }) => ({ items: [item], bytes }));
  return [...together, ...alone].map((piece) => ({ texts: piece.items.map(({ text }) => text), bytes: piece.bytes }));
}

/** Cuts messages into batches that fit one call. */
export const batchesOf = (messages: readonly Parcel[]): readonly (readonly Parcel[])[] =>
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
