/**
 * How often the log server's write-ahead log has been synced to disk: the durable commits, where one sync carries every record that
 * waited for it. What the server does later (moving state into its partition store) is not synced, and does not count.
 *
 * @see https://docs.restate.dev/server/monitoring/metrics
 */
export async function walSyncsIn(metricsUrl: string): Promise<number> {
  const response = await fetch(metricsUrl);
  const text = await response.text();
  const line = text.split("\n").find((each) => each.startsWith("restate_rocksdb_wal_synced_total{") && each.includes('db="log-server"'));
  const count = Number(line?.slice(line.lastIndexOf(" ")));
  if (line === undefined || Number.isNaN(count)) throw new Error(`${metricsUrl} does not tell restate_rocksdb_wal_synced_total`);
  return count;
}
