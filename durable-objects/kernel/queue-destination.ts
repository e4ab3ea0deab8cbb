import type { Destination, OutboxRow } from "./outbox.ts";

/** Below the platform's 256 KB for one `sendBatch`, with room for its envelope. */
const maxBatchBytes = 200_000;
const maxBatchRows = 100;

/** A queue as a destination. The broker's word is not enough: no row is done until the consumer has said so. */
export function queueDestination(name: string, queue: Queue): Destination {
  return {
    name,
    send: async (rows) => {
      for (const batch of batches(rows))
        await queue.sendBatch(batch.map((row) => ({ body: JSON.parse(row.body) as unknown, contentType: "json" })));
      return [];
    },
  };
}

/** Cuts the rows into batches that fit one call. */
export function batches(rows: readonly OutboxRow[]): readonly (readonly OutboxRow[])[] {
  const result: OutboxRow[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = new TextEncoder().encode(row.body).byteLength;
    const last = result.at(-1);
    if (last === undefined || bytes + size > maxBatchBytes || last.length === maxBatchRows) {
      result.push([row]);
      bytes = size;
    } else {
      last.push(row);
      bytes += size;
    }
  }
  return result;
}
