/** Which object of a SKU serves an order. Decided once, when the order is accepted, and kept with its line. */

/**
 * @param orderId Ends in hexadecimal digits that are as good as random: part of a SHA-256.
 * @param shards Over how many objects the SKU is believed to be spread. Nothing depends on its being right.
 * @returns 0, the root, to `shards` - 1.
 */
export function shardOf(orderId: string, shards: number): number {
  const digits = Number.parseInt(orderId.slice(-8), 16);
  return Number.isNaN(digits) ? 0 : digits % Math.max(1, shards);
}
