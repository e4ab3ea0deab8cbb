/** What finish, void and release do. Each can be repeated: by the intervention's id, or by an id made of what it is done to. */
import type { WireIntervention } from "../../shared/contracts/audit.ts";
import type { ChangeOrderReply, OrderActorApi, OrderChange, PaymentApi, StockActorApi } from "../../shared/contracts/rpc.ts";
import type { StuckAction } from "../../shared/domain/audit/finding.ts";
import { shardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { keptMinor } from "../../shared/domain/audit/readings.ts";
import type { WorkContext } from "../../shared/platform/context.ts";
import { nameOfOrder, paymentIdFor } from "../../shared/platform/ids.ts";
import type { StuckCase } from "./stuck-examine.ts";

export interface ActionPorts {
  readonly orderActor: (name: string) => Pick<OrderActorApi, "changeOrder" | "wake">;
  /** Of an SKU, or by the key of one of its shards. */
  readonly stockActor: (key: string) => Pick<StockActorApi, "release" | "commit">;
  readonly payment: Pick<PaymentApi, "refund">;
}

export interface ActionOptions {
  readonly action: StuckAction;
  readonly operationId: string;
  readonly context: WorkContext;
  readonly waitMs: number;
}

export type ActionResult = Pick<WireIntervention, "outcome" | "detail">;

/** Throws when it is not known what became of it; then it may be done again. */
export function act(ports: ActionPorts, stuck: StuckCase, options: ActionOptions): Promise<ActionResult> {
  switch (options.action) {
    case "finish":
      return finish(ports, stuck);
    case "release":
      return release(ports, stuck);
    case "void":
      return giveMoneyBack(ports, stuck, options);
  }
}

const done: ActionResult = { outcome: "done", detail: null };

/** A hold whose sale was made becomes one; an order is taken up now, and goes on by itself. */
async function finish(ports: ActionPorts, { item, hold }: StuckCase): Promise<ActionResult> {
  if (hold !== null) {
    const key = shardKey(hold.sku, hold.shard);
    await ports.stockActor(key).commit({ sku: key, reservationId: hold.reservationId });
    return done;
  }
  await ports.orderActor(nameOfOrder(item.orderId)).wake({ orderId: item.orderId, now: true });
  return { outcome: "under_way", detail: "The order has been taken up." };
}

async function release(ports: ActionPorts, { hold }: StuckCase): Promise<ActionResult> {
  if (hold === null) return { outcome: "refused", detail: "There is no such hold." };
  const { reservationId, quantity } = hold;
  const sku = shardKey(hold.sku, hold.shard);
  const reply = await ports.stockActor(sku).release({ sku, reservationId, owner: "order", quantity });
  return reply.ok ? done : { outcome: "refused", detail: `The stock actor says ${reply.code}.` };
}

/** Through the order when it is its money, so that its journal tells of it; else straight from the provider. */
async function giveMoneyBack(ports: ActionPorts, stuck: StuckCase, options: ActionOptions): Promise<ActionResult> {
  const change = changeOf(stuck, options.operationId);
  if (change === null) return refundDirectly(ports, stuck, options.context);
  const { context, waitMs } = options;
  const orderId = stuck.item.orderId;
  const reply = await ports.orderActor(nameOfOrder(orderId)).changeOrder({ orderId, principalId: null, change, context, waitMs });
  return resultOf(reply);
}

/** null: the order does not exist, or counts other money than this, and would not take it for its own. */
function changeOf({ order, capture }: StuckCase, operationId: string): OrderChange | null {
  if (capture === null) return { kind: "refund", operationId, amountMinor: null, reason: "Captured, and the order did not stand" };
  const endedWithout = (order?.status === "failed" || order?.status === "cancelled") && order.payment.capturedMinor === 0;
  // The order's books begin with what was captured; what has been given back of it elsewhere cannot be told to them.
  if (!endedWithout || capture.refundedMinor > 0) return null;
  return { kind: "refund_stray", operationId, reference: capture.reference, amountMinor: capture.capturedMinor };
}

function resultOf(reply: ChangeOrderReply): ActionResult {
  if (reply.kind === "not_found") return { outcome: "refused", detail: "There is no such order." };
  if (reply.kind === "refused") return { outcome: "refused", detail: reply.detail };
  if (reply.kind === "working") return { outcome: "under_way", detail: "The provider is being asked." };
  return reply.refund?.status === "refused" ? { outcome: "refused", detail: reply.refund.detail } : done;
}

/** The refund's id is made of the capture's, so that two people who do this at once give the money back once. */
async function refundDirectly({ payment }: ActionPorts, { capture }: StuckCase, context: WorkContext): Promise<ActionResult> {
  if (capture === null) return { outcome: "refused", detail: "There is no such capture." };
  const { orderId, reference, chargeId, currency } = capture;
  const reply = await payment.refund({
    refundId: `${orderId}:refund:stray:${reference}`,
    chargeId: chargeId ?? reference,
    reference,
    paymentId: paymentIdFor(orderId),
    orderId,
    amountMinor: keptMinor(capture),
    currency,
    paymentMethod: "",
    context,
  });
  return reply.ok ? { outcome: "done", detail: `The provider calls it ${reply.reference}.` } : { outcome: "refused", detail: reply.reason };
}
