/**
 * A shard keeps its part of an SKU like an SKU of its own, under this key: the same ledger, holds and calls. The root's key is the
 * SKU. No SKU has a slash.
 */
export const shardKey = (sku: string, shard: number): string => (shard === 0 ? sku : `${sku}/${shard}`);

export interface ShardName {
  readonly sku: string;
  /** 0: the root. */
  readonly shard: number;
}

export function parseShardKey(key: string): ShardName {
  const slash = key.lastIndexOf("/");
  return slash < 0 ? { sku: key, shard: 0 } : { sku: key.slice(0, slash), shard: Number(key.slice(slash + 1)) };
}

export const isShardKey = (key: string): boolean => key.includes("/");
