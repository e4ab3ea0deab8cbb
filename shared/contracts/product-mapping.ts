/** The one place where products and stock levels of the domain become the wire's. */
import { availableOf, type Levels, type Product } from "../domain/stock/ledger.ts";
import { toTimestamp } from "./order-mapping.ts";
import type { WireInventory, WireProduct, WireReservation } from "./product.ts";
import type { StockLevels } from "./rpc.ts";

export function toWireProduct({ sku, name, priceMinor, currency, version, updatedAtMs }: Product): WireProduct {
  return { sku, name, price_minor: priceMinor, currency, version, updated_at: toTimestamp(updatedAtMs) };
}

export function toStockLevels(sku: string, levels: Levels, shards: number): StockLevels {
  const { onHand, reserved, sold, received } = levels;
  return { sku, onHand, reserved, available: availableOf(levels), sold, received, shards };
}

export function toWireInventory({ sku, onHand, reserved, available, sold, received, shards }: StockLevels): WireInventory {
  return { sku, on_hand: onHand, reserved, available, sold, received, shards };
}

/** A reservation and the stock afterwards. `expiresAtMs` null: it has no deadline, and the answer says nothing of one. */
export function toWireReservation(reservation: {
  readonly reservationId: string;
  readonly quantity: number;
  readonly state: WireReservation["state"];
  readonly expiresAtMs: number | null;
  readonly levels: StockLevels;
}): WireReservation {
  const { reservationId, quantity, state, expiresAtMs, levels } = reservation;
  const expires = expiresAtMs === null ? {} : { expires_at: toTimestamp(expiresAtMs) };
  return { sku: levels.sku, quantity, reservation_id: reservationId, state, ...expires, inventory: toWireInventory(levels) };
}
