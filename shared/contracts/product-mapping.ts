/** The one place where products and stock levels of the domain become the wire's. */
import { availableOf, type Levels, type Product } from "../domain/stock/ledger.ts";
import { toTimestamp } from "./order-mapping.ts";
import type { WireInventory, WireProduct } from "./product.ts";
import type { StockLevels } from "./rpc.ts";

export function toWireProduct({ sku, name, priceMinor, currency, version, updatedAtMs }: Product): WireProduct {
  return { sku, name, price_minor: priceMinor, currency, version, updated_at: toTimestamp(updatedAtMs) };
}

export const toStockLevels = (sku: string, levels: Levels): StockLevels => ({ sku, ...levels, available: availableOf(levels) });

export function toWireInventory({ sku, onHand, reserved, available, sold, received }: StockLevels): WireInventory {
  return { sku, on_hand: onHand, reserved, available, sold, received };
}
