/** Between what is asked of an order over RPC and what the domain decides. */
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import { findWireRefund, findWireReturn, toWirePayment } from "../../shared/contracts/payment-mapping.ts";
import type { ChangeOrderReply, OrderChange } from "../../shared/contracts/rpc.ts";
import { unreachable } from "../../shared/domain/assert.ts";
import type { ChangeCommand } from "../../shared/domain/order/decide-after-sale.ts";
import type { Decision } from "../../shared/domain/order/decide.ts";
import { isSettled, type OrderState } from "../../shared/domain/order/state.ts";
import type { OrderRecord } from "./store.ts";

export function toOrderCommand(change: OrderChange): ChangeCommand {
  const { operationId } = change;
  switch (change.kind) {
    case "cancel":
      return { type: "request_cancel", operationId, reason: change.reason };
    case "pay":
      return { type: "change_payment_method", operationId, method: change.paymentMethod };
    case "refund":
      return { type: "request_refund", operationId, amountMinor: change.amountMinor, reason: change.reason };
    case "fulfil":
      return { type: "fulfil_items", operationId, lines: change.lines };
    case "return":
      return { type: "request_return", operationId, lines: change.lines, reason: change.reason };
    case "refund_stray":
      return { type: "refund_stray", operationId, reference: change.reference, amountMinor: change.amountMinor };
    default:
      return unreachable(change);
  }
}

/** Only a wish can be refused; anything else that is, is a defect. */
export function refusedChange(decision: Extract<Decision, { ok: false }>, record: OrderRecord): ChangeOrderReply {
  const { code, detail } = decision;
  if (code === "order_exists" || code === "no_such_order" || code === "not_expected") throw new Error(`a wish was met with ${code}`);
  return { kind: "refused", code, detail, order: toWireOrder(record.state, record.version) };
}

/** What became of a wish so far. */
export function changeReply(change: OrderChange, { state, version }: OrderRecord): ChangeOrderReply {
  return {
    kind: isDone(change, state) ? "settled" : "working",
    order: toWireOrder(state, version),
    payment: toWirePayment(state),
    refund: findWireRefund(state, change.operationId),
    return: findWireReturn(state, change.operationId),
  };
}

function isDone({ kind, operationId }: OrderChange, state: OrderState): boolean {
  switch (kind) {
    case "fulfil":
      return true;
    case "cancel":
      return isSettled(state);
    case "pay":
      return state.payment.operations.at(-1) !== operationId || isSettled(state) || state.payment.status === "declined";
    case "refund":
    case "refund_stray":
      return state.refunds.every((refund) => refund.operationId !== operationId || refund.status !== "pending");
    case "return":
      return state.returns.every((entry) => entry.operationId !== operationId || entry.status !== "pending");
    default:
      return unreachable(kind);
  }
}
