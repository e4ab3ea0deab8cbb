/** The schema `orders`, as migrations/0001 and 0005 make it: what the order actors' events say, kept to be searched. */
import { sql, type SQL } from "drizzle-orm";
import { boolean, foreignKey, index, integer, jsonb, pgSchema, primaryKey, text, type AnyPgColumn } from "drizzle-orm/pg-core";
import { orderStatuses, type OrderStatus, type WireOrder } from "../../contracts/order.ts";
import { amountCheck, atLeast, currencyCheck, instant, integer53, isOneOf, notAbove, oneOf } from "./columns.ts";

/** The statuses of an order that has not ended. */
export const openStatuses = [
  "pending",
  "cart_validated",
  "inventory_reserved",
  "payment_processed",
  "pending_inventory",
  "pending_payment",
  "compensating",
] as const satisfies readonly OrderStatus[];

/** An order that still has something to do: it has not ended, or a refund or a return of it is under way. */
export const isOpen = (order: { readonly status: AnyPgColumn; readonly settled: AnyPgColumn }): SQL =>
  sql`(${isOneOf(order.status, openStatuses)} or not ${order.settled})`;

export const schema = pgSchema("orders");

export const orders = schema.table(
  "orders",
  {
    id: text().primaryKey(),
    principalId: text("principal_id").notNull(),
    status: text({ enum: orderStatuses }).notNull(),
    paymentMethod: text("payment_method").notNull(),
    totalMinor: integer53("total_minor"),
    currency: text(),
    failure: jsonb().$type<NonNullable<WireOrder["failure"]>>(),
    cancellation: jsonb().$type<NonNullable<WireOrder["cancellation"]>>(),
    holdExpiresAt: instant("hold_expires_at"),
    /** Nothing more will happen by itself. True in the rows of releases that did not know; their statuses tell. */
    settled: boolean().notNull().default(true),
    metadata: jsonb().$type<WireOrder["metadata"]>().notNull(),
    correlationId: text("correlation_id").notNull(),
    version: integer().notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (order) => [
    oneOf("orders_status_check", order.status, orderStatuses),
    amountCheck("orders_total_minor_check", order.totalMinor),
    currencyCheck("orders_currency_check", order.currency),
    atLeast("orders_version_check", order.version, 1),
    index("orders_newest").on(order.createdAt.desc(), order.id.desc()),
    index("orders_principal_newest").on(order.principalId, order.createdAt.desc(), order.id.desc()),
    index("orders_status_newest").on(order.status, order.createdAt.desc(), order.id.desc()),
    index("orders_open_updated").on(order.updatedAt).where(isOpen(order)),
  ],
);

export const orderItems = schema.table(
  "order_items",
  {
    orderId: text("order_id").notNull(),
    lineNo: integer("line_no").notNull(),
    sku: text().notNull(),
    name: text(),
    quantity: integer53("quantity").notNull(),
    unitPriceMinor: integer53("unit_price_minor"),
    lineTotalMinor: integer53("line_total_minor"),
    fulfilledQuantity: integer53("fulfilled_quantity").notNull().default(0),
    returnedQuantity: integer53("returned_quantity").notNull().default(0),
    /** The version of the order that this line was taken from. */
    version: integer().notNull(),
  },
  (item) => [
    primaryKey({ name: "order_items_pkey", columns: [item.orderId, item.lineNo] }),
    foreignKey({ name: "order_items_order_id_fkey", columns: [item.orderId], foreignColumns: [orders.id] }).onDelete("cascade"),
    atLeast("order_items_line_no_check", item.lineNo, 1),
    atLeast("order_items_quantity_check", item.quantity, 1),
    amountCheck("order_items_unit_price_minor_check", item.unitPriceMinor),
    amountCheck("order_items_line_total_minor_check", item.lineTotalMinor),
    notAbove("order_items_fulfilled_quantity_check", item.fulfilledQuantity, item.quantity),
    notAbove("order_items_returned_quantity_check", item.returnedQuantity, item.fulfilledQuantity),
    atLeast("order_items_version_check", item.version, 1),
  ],
);
