/**
 * The answer that every replay of an order's request gets: the order as it was when it first settled. As long as it has not changed since,
 * that is the order as it is, and nothing is kept beside it. A change of a settled order first writes the answer under the order's key, in
 * the same transaction, where it stays (`RequestStore.finish`).
 */
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { StoredReply } from "../../shared/contracts/rpc.ts";
import { isSettled } from "../../shared/domain/order/state.ts";
import type { StoredRequest } from "./request-store.ts";
import type { OrderRecord } from "./store.ts";

type Settling = Pick<OrderRecord, "state" | "version">;

/** The answer of an order under whose key none is written; null when it has not settled. */
export const answerOf = ({ state, version }: Settling): WireOrder | null => (isSettled(state) ? toWireOrder(state, version) : null);

/** What a request is answered with: as it is written, or the answer of the order that it has placed. null: there is none yet. */
export function replyOf({ reply }: StoredRequest, load: () => Settling | null): StoredReply | null {
  if (reply !== null) return reply;
  const record = load();
  const answer = record === null ? null : answerOf(record);
  return answer === null ? null : { status: 200, body: JSON.stringify(answer) };
}
