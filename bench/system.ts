/**
 * What the bench asks of a system it measures: one unit of a SKU sold per order (create, reserve, charge at 0 ms, confirm), all of it
 * durable before the answer and idempotent by key, over HTTP on the loopback interface.
 *
 * A system starts everything it needs, on free ports, with its state in the one directory it is given, and ends all of it again.
 * Only one system runs at a time. `bench/peers/<name>/system.ts` exports `systems: readonly BenchSystem[]`, one for each placement.
 */
export const systemNames = ["holdfast", "floor", "restate", "dbos", "postgres"] as const;

export type SystemName = (typeof systemNames)[number];

/** One system in one placement ("64 hosts", "1 host, joined", ...): a row of the report. */
export interface BenchSystem {
  readonly system: SystemName;
  readonly placement: string;
  /** @throws When a process of it does not come up. Nothing is left running then. */
  start(options: StartOptions): Promise<RunningSystem>;
}

export interface StartOptions {
  /** An empty directory on disk, of this run alone. */
  readonly dataDir: string;
  /** How many SKUs there are: SKU-0 to SKU-(n-1). */
  readonly skus: number;
  /** What each SKU has received before the load; never runs out unless the bench wants it to. */
  readonly unitsPerSku: number;
  /** Over how many shards the stock of each SKU is split, where the system has shards. Default: not split. */
  readonly shards?: number;
  /** One line of what the system's processes say, for the bench's log. */
  readonly log: (line: string) => void;
}

/** One HTTP/1.1 request, complete but for Host, Content-Length and Connection, which the load generator adds. */
export interface OrderRequest {
  readonly method: "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One SKU's ledger, in units. Balanced: received = onHand + reserved + sold, and none of them is negative. */
export interface Stock {
  readonly received: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly sold: number;
}

/** What the durable records say of the orders, where they are another store than the one that answered. */
export interface DurableRecords {
  /** Confirmed orders, by SKU (index n is SKU-n). */
  readonly confirmed: readonly number[];
  /** Customers who were told that their order is confirmed. */
  readonly notified: number;
  /** Events that a consumer has still to acknowledge. undefined: the system does not say. */
  readonly unacknowledged?: number;
}

export interface RunningSystem {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** One unit of SKU-`sku`, idempotent by `key`. Pure: called before the load, not in it. */
  orderRequest(order: { readonly key: string; readonly sku: number }): OrderRequest;
  /** True when the answer says that this order is confirmed. Everything else counts as an error of the round. */
  isConfirmed(status: number, body: string): boolean;
  /** The pids whose CPU and memory count, by process name ("workerd", "postgres", "node", ...). Asked again for each sample. */
  processes(): Readonly<Record<string, readonly number[]>>;
  /** The ledger, by SKU (index n is SKU-n), read after the load. What was confirmed is sold in it, or `reserved` while that is under way. */
  stock(): Promise<readonly Stock[]>;
  /**
   * How many confirmed orders the durable records do not show yet, where these are another store than the one that answered.
   *
   * @param confirmed How many orders were confirmed since the start.
   */
  lag?(confirmed: number): Promise<{ rows: number }>;
  /** The same records whole, read after the load. */
  records?(): Promise<DurableRecords>;
  /** The directories whose growth is "bytes on disk per order". */
  readonly dataDirs: readonly string[];
  /** Fires once what a deployment fires every minute, and waits for it. @throws Error when it fails. Absent: there is nothing of the kind. */
  fireCron?(): Promise<void>;
  /** Durable commits so far (syncs or transactions), when the system can tell. */
  commits?(): Promise<number>;
  /** Ends every process it started. */
  stop(): Promise<void>;
}
