/** The port to whoever delivers notifications. */
import type { NotificationCommand } from "../../shared/contracts/rpc.ts";

export type SendResult =
  /** `duplicate`: it was sent before, and was not sent again. */
  { readonly outcome: "sent" | "duplicate" } | { readonly outcome: "failed"; readonly reason: string; readonly retryable: boolean };

export interface NotificationProvider {
  readonly name: string;
  /**
   * Sends each notification once, however often and however simultaneously it is asked to: the id is the idempotency key,
   * and an order's outcome is told once whichever id it comes with. It takes many, because a round trip for each is what
   * makes a consumer slow. Answers one result for each, in the same order. Throws when it cannot tell what became of them;
   * then they are all asked for again.
   */
  send(notifications: readonly NotificationCommand[]): Promise<readonly SendResult[]>;
}
