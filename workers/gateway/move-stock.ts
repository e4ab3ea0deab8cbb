/** What an operator does to stock by hand. Each can be repeated: receiving by its operation id, holds by their own. */
import type { z } from "zod";
import type { releaseBodySchema, reservationBodySchema, WireInventory, WireReservation } from "../../shared/contracts/product.ts";
import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { toWireInventory, toWireReservation } from "../../shared/contracts/product-mapping.ts";
import { ProblemError } from "./problem-error.ts";

type ReservationBody = z.infer<typeof reservationBodySchema>;
type ReleaseBody = z.infer<typeof releaseBodySchema>;

interface Done<Body> {
  readonly status: 200;
  readonly body: Body;
}

/** @throws ProblemError `not_found` (the SKU is the path's), `quantity_too_large`. */
export async function receiveStock(
  actor: StockActorApi,
  command: { sku: string; quantity: number; operationId: string },
): Promise<Done<WireInventory>> {
  const reply = await actor.receive(command);
  if (!reply.ok) throw new ProblemError(reply.code === "unknown_sku" ? "not_found" : reply.code);
  return { status: 200, body: toWireInventory(reply.levels) };
}

/**
 * @param nowMs From when `hold_seconds` count, ms since the epoch. Done again (another try of the same request), it answers the
 * first hold and its first deadline.
 * @throws ProblemError `unknown_sku`, `out_of_stock` with what is left, `reservation_conflict`.
 */
export async function reserveByHand(
  actor: StockActorApi,
  { body, nowMs }: { body: ReservationBody; nowMs: number },
): Promise<Done<WireReservation>> {
  const { sku, quantity, reservation_id: reservationId, hold_seconds: holdSeconds } = body;
  const askedUntilMs = holdSeconds === undefined ? null : nowMs + holdSeconds * 1_000;
  const reply = await actor.reserve({ sku, quantity, reservationId, owner: "operator", expiresAtMs: askedUntilMs });
  if (reply.ok) {
    const { expiresAtMs, levels } = reply;
    return { status: 200, body: toWireReservation({ reservationId, quantity, state: "held", expiresAtMs, levels }) };
  }
  if (reply.code !== "out_of_stock") throw new ProblemError(reply.code);
  throw new ProblemError("out_of_stock", { lines: [{ sku, requested: quantity, available: reply.available }] });
}

/** @throws ProblemError `unknown_sku`, `reservation_conflict`. */
export async function releaseByHand(actor: StockActorApi, body: ReleaseBody): Promise<Done<WireReservation>> {
  const { sku, quantity, reservation_id: reservationId } = body;
  const reply = await actor.release({ sku, quantity, reservationId, owner: "operator" });
  if (!reply.ok) throw new ProblemError(reply.code);
  const { levels } = reply;
  return { status: 200, body: toWireReservation({ reservationId, quantity, state: "released", expiresAtMs: null, levels }) };
}
