/** What both loops share: the draw of orders, the measured window, the log. */
import type { AnswerLog } from "./answer-log.ts";
import type { Address } from "./connection.ts";

export interface Order {
  readonly sku: number;
  /** The whole HTTP request. */
  readonly request: string;
}

export interface LoopRun {
  readonly address: Address;
  readonly log: AnswerLog;
  /** How long after the window answers are waited for, ms. */
  readonly drainMs: number;
  nextOrder(): Order;
  /** Lets the warm-up and the window pass, and tells the bench when the window begins. */
  window(): Promise<void>;
  /** Tells the bench that the window has ended: what was used until now is what its orders cost. */
  endWindow(): void;
  isMeasured(): boolean;
  /** The window's time is over: nothing new is sent. */
  isOver(): boolean;
}
