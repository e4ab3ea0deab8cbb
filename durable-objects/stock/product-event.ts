import { toTimestamp } from "../../shared/contracts/order-mapping.ts";
import { toWireProduct } from "../../shared/contracts/product-mapping.ts";
import type { Product } from "../../shared/domain/stock/ledger.ts";
import type { ProductEvent } from "../../shared/events/catalogue.ts";
import type { WorkContext } from "../../shared/platform/context.ts";
import { newId } from "../../shared/platform/ids.ts";
import type { OutboxEntry } from "../kernel/outbox.ts";

/** The one destination of a stock actor's outbox. */
export const eventsDestination = "order-events";

/** The product as it is now, for the projector and the caches behind it. */
export function productEntry(product: Product, { requestId, correlationId }: WorkContext): OutboxEntry {
  const event: ProductEvent = {
    specversion: "1.0",
    id: newId(),
    type: "holdfast.product.changed.v1",
    source: "/holdfast/inventory",
    subject: product.sku,
    time: toTimestamp(product.updatedAtMs),
    datacontenttype: "application/json",
    correlationid: correlationId,
    causationid: requestId,
    requestid: requestId,
    data: { product: toWireProduct(product) },
  };
  return { id: event.id, body: JSON.stringify(event), value: event, destinations: [eventsDestination] };
}
