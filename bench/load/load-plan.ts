/** What the bench and its load generator say to each other over IPC. */
import type { Address } from "./connection.ts";
import type { OrderTemplate } from "./order-template.ts";

export interface LoadPlan {
  readonly address: Address;
  /** One for each SKU; each order draws one of them. */
  readonly templates: readonly OrderTemplate[];
  /** Of the draw of SKUs. Keys are random, as a client's are. */
  readonly seed: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly loop: ClosedLoop | OpenLoop;
}

/** So many clients, each with one order under way: the next goes out when the last is answered. */
export interface ClosedLoop {
  readonly kind: "closed";
  readonly clients: number;
}

/** Orders go out at fixed moments whatever the answers; what finds no free connection waits, and its latency counts from the moment meant. */
export interface OpenLoop {
  readonly kind: "open";
  /** Orders per second, evenly spaced. */
  readonly rate: number;
  readonly connections: number;
}

/** Answers in the order they came in; index n of each is the same order. */
export interface AnswerBatch {
  readonly skus: number[];
  readonly statuses: number[];
  readonly bodies: string[];
  /** Closed loop: from sending. Open loop: from the moment meant. Milliseconds. */
  readonly latenciesMs: number[];
  /** Belongs to the measured window: in a closed loop answered in it, in an open loop meant to be sent in it. */
  readonly counted: boolean[];
}

export interface LoadSummary {
  /** From `window-start` to `window-end`, which in an open loop is when the last order was answered, or given up. */
  readonly windowMs: number;
  /** The generator's own CPU in the window. */
  readonly cpuMs: number;
  /** Open loop: how late orders went out though a connection was free (timers), p99. 0 in a closed loop. */
  readonly latenessP99Ms: number;
  /** Open loop: orders that were due and had not gone out when the bench gave up. */
  readonly unsent: number;
}

export type LoadMessage =
  | { readonly kind: "window-start" }
  | { readonly kind: "window-end" }
  | { readonly kind: "answers"; readonly batch: AnswerBatch }
  | { readonly kind: "done"; readonly summary: LoadSummary }
  | { readonly kind: "failed"; readonly message: string };
