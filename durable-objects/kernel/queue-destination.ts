import type { Destination, OutboxRow } from "./outbox.ts";

/** Below the platform's 256 KB for one `sendBatch`, with room for its envelope. */
const maxBatchBytes = 200_000;
const maxBatchRows = 100;
/** A row this large goes alone, so that it takes no other with it if it is refused. */
const largeRowBytes = 100_000;

/** A queue as a destination. The broker's word is not enough: no row is done until the consumer has said so. */
export function queueDestination(name: string, queue: Pick<Queue, "sendBatch">): Destination {
  return {
    name,
    send: async (rows) => {
      // One batch that is refused must not keep the others from leaving.
      const sendings = batches(rows).map((batch) => queue.sendBatch(batch.map(toMessage)));
      const refused = (await Promise.allSettled(sendings)).filter((result) => result.status === "rejected");
      if (refused.length > 0)
        throw new AggregateError(
          refused.map((result) => result.reason as unknown),
          `${refused.length} batches were refused`,
        );
      return [];
    },
  };
}

const toMessage = (row: OutboxRow) => ({ body: JSON.parse(row.body) as unknown, contentType: "json" as const });

/** Cuts the rows into batches that fit one call. */
export function batches(rows: readonly OutboxRow[]): readonly (readonly OutboxRow[])[] {
  const result: OutboxRow[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = new TextEncoder().encode(row.body).byteLength;
    const last = result.at(-1);
    if (last === undefined || bytes + size > maxBatchBytes || size > largeRowBytes || last.length === maxBatchRows) {
      result.push([row]);
      bytes = size > largeRowBytes ? Infinity : size;
    } else {
      last.push(row);
      bytes += size;
    }
  }
  return result;
}
