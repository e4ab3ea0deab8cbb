/**
 * An order: a workflow that writes it and reserves its stock, charges, and confirms it and sells its stock. Its id is the caller's key,
 * so an order that has begun is not begun again. What writes is passed in: there are two ways to do it in DBOS.
 *
 * @see https://docs.dbos.dev/typescript/examples/checkout-tutorial
 */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { charge } from "./charge.ts";

export interface OrderInput {
  readonly sku: string;
  readonly quantity: number;
}

export interface Order extends OrderInput {
  readonly order_id: string;
  readonly status: "confirmed" | "failed";
  /** Null when there was not enough stock. */
  readonly total_minor: number | null;
  readonly charge_id: string | null;
}

/** Each exactly once in effect, however often its workflow is taken up again. */
export interface OrderWrites {
  placeAndReserve(key: string, input: OrderInput): Promise<Placed>;
  confirmAndSell(key: string, chargeId: string): Promise<void>;
  failAndRelease(key: string): Promise<void>;
}

export interface Placed {
  readonly order_id: string;
  /** Null when there is not enough stock: the order has failed. */
  readonly total_minor: number | null;
}

/** @returns The workflow, whose result is a failed order when there is not enough stock. Called once, before DBOS is launched. */
export function orderWorkflow(writes: OrderWrites): (input: OrderInput) => Promise<Order> {
  const placeOrder = async ({ sku, quantity }: OrderInput): Promise<Order> => {
    const key = DBOS.workflowID;
    if (key === undefined) throw new Error("called outside of a workflow");
    const { order_id, total_minor } = await writes.placeAndReserve(key, { sku, quantity });
    if (total_minor === null) return { order_id, sku, quantity, status: "failed", total_minor, charge_id: null };
    const charge_id = await DBOS.runStep(() => charge({ id: `${order_id}:charge:1`, amountMinor: total_minor }), { name: "charge" }).catch(
      async (error: unknown) => {
        await writes.failAndRelease(key);
        throw error;
      },
    );
    await writes.confirmAndSell(key, charge_id);
    return { order_id, sku, quantity, status: "confirmed", total_minor, charge_id };
  };
  return DBOS.registerWorkflow(placeOrder, { name: "placeOrder" });
}
