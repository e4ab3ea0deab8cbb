import type { RunningSystem } from "../system.ts";
import type { SkuOrders } from "./check-ledger.ts";

/** A system under test, with what has been asked of it since its start. */
export interface Subject {
  readonly running: RunningSystem;
  readonly dataDir: string;
  /** By SKU; grows with every scenario. */
  readonly orders: SkuOrders[];
}
