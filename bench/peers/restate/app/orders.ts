/**
 * An order: a handler of a basic service, executed durably. Callers send an `idempotency-key` header; Restate then runs the order once
 * and gives every repetition the first one's answer, which it keeps for a month.
 *
 * @see https://docs.restate.dev/services/invocation/http#invoke-a-handler-idempotently
 * @see https://docs.restate.dev/guides/sagas
 */
import * as restate from "@restatedev/restate-sdk";
import { charge } from "./charge.ts";
import type { StockObject } from "./stock.ts";

const stockObject: StockObject = { name: "stock" };

interface OrderInput {
  readonly sku: string;
  readonly quantity: number;
}

interface Order extends OrderInput {
  readonly order_id: string;
  readonly status: "confirmed";
  readonly total_minor: number;
  readonly charge_id: string;
}

export const orders = restate.service({
  name: "orders",
  handlers: { place },
  options: { idempotencyRetention: { days: 30 } },
});

/** @throws {restate.TerminalError} 409 when there is not enough stock; also the answer to every repetition. */
async function place(ctx: restate.Context, { sku, quantity }: OrderInput): Promise<Order> {
  const orderId = ctx.rand.uuidv4();
  const stock = ctx.objectClient(stockObject, sku);
  const price = await stock.reserve(quantity);
  if (price === null) throw new restate.TerminalError("insufficient_stock", { errorCode: 409 });
  const total = price * quantity;
  const chargeId = await ctx
    .run("charge", () => charge({ id: `${orderId}:charge:1`, amountMinor: total }))
    .catch(async (error: unknown) => {
      if (error instanceof restate.TerminalError) await stock.release(quantity);
      throw error;
    });
  // Sold from here on: that the stock object will hear of it is as durable as the order itself.
  ctx.objectSendClient(stockObject, sku).commit(quantity);
  return { order_id: orderId, sku, quantity, status: "confirmed", total_minor: total, charge_id: chargeId };
}
