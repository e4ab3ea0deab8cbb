/** The schema `payments`, as migrations/0003 makes it: one payment for each order, from the order's events. */
import { foreignKey, integer, pgSchema, text, unique } from "drizzle-orm/pg-core";
import { paymentStatusSchema } from "../../contracts/order.ts";
import { amountCheck, atLeast, currencyCheck, instant, integer53, oneOf } from "./columns.ts";
import { orders } from "./orders.ts";

const paymentStatuses = paymentStatusSchema.options;

export const payments = pgSchema("payments").table(
  "payments",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    status: text().$type<(typeof paymentStatuses)[number]>().notNull(),
    method: text().notNull(),
    amountMinor: integer53("amount_minor").notNull(),
    currency: text(),
    /** The order's. */
    version: integer().notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (payment) => [
    unique("payments_order_id_key").on(payment.orderId),
    foreignKey({ name: "payments_order_id_fkey", columns: [payment.orderId], foreignColumns: [orders.id] }).onDelete("cascade"),
    oneOf("payments_status_check", payment.status, paymentStatuses),
    amountCheck("payments_amount_minor_check", payment.amountMinor),
    currencyCheck("payments_currency_check", payment.currency),
    atLeast("payments_version_check", payment.version, 1),
  ],
);
