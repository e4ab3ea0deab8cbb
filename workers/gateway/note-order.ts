import type { WireOrder } from "../../shared/contracts/order.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { GatewayContext } from "./hono.ts";

/**
 * The line tells how the order stands: the outcome, when this request was answered with it. What comes when the line has been written has
 * one of its own, in the words of the order's host (`save-order.ts`): that takes it for told.
 */
export function noteOrder(c: GatewayContext, { status, failure }: Pick<WireOrder, "status" | "failure">): void {
  const line = c.get("accessLine");
  line.order_status = status;
  if (failure !== undefined) line.failure = failure.code;
  if (c.get("isOver") !== true) return;
  createLogger("gateway", c.get("work")).info(`order ${status}`, {
    order_id: line.order_id,
    order_status: status,
    failure: failure?.code,
  });
}
