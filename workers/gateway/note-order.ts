import type { WireOrder } from "../../shared/contracts/order.ts";
import type { AccessLine } from "./hono.ts";

/** The line tells how the order stands: the outcome, when this request was answered with it. */
export function noteOrder(line: AccessLine, { status, failure }: Pick<WireOrder, "status" | "failure">): void {
  line.order_status = status;
  if (failure !== undefined) line.failure = failure.code;
}
