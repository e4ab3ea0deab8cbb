/** The schema `payments`, as migrations/0003 and 0006 make it: one payment for each order and its refunds, from the order's events. */
import { foreignKey, index, integer, pgSchema, text, unique } from "drizzle-orm/pg-core";
import { paymentStatuses } from "../../contracts/order.ts";
import { refundSchema, type WireRefund } from "../../contracts/payment.ts";
import { amountCheck, atLeast, currencyCheck, instant, integer53, isOneOf, notAbove, oneOf } from "./columns.ts";
import { orders } from "./orders.ts";

const schema = pgSchema("payments");

export const payments = schema.table(
  "payments",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    status: text().$type<(typeof paymentStatuses)[number]>().notNull(),
    /** The newest card's, and how many cards there were. */
    method: text().notNull(),
    attempt: integer().notNull().default(1),
    /** The provider's, of the charge that was captured. */
    reference: text(),
    /** What was captured; 0 before. */
    amountMinor: integer53("amount_minor").notNull(),
    refundedMinor: integer53("refunded_minor").notNull().default(0),
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
    atLeast("payments_attempt_check", payment.attempt, 1),
    amountCheck("payments_amount_minor_check", payment.amountMinor),
    notAbove("payments_refunded_minor_check", payment.refundedMinor, payment.amountMinor),
    currencyCheck("payments_currency_check", payment.currency),
    atLeast("payments_version_check", payment.version, 1),
  ],
);

export const refunds = schema.table(
  "refunds",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    paymentId: text("payment_id").notNull(),
    amountMinor: integer53("amount_minor").notNull(),
    currency: text().notNull(),
    status: text().$type<WireRefund["status"]>().notNull(),
    reason: text().notNull(),
    /** What the provider said. */
    detail: text(),
    /** The order's, when it last said anything of this refund. */
    version: integer().notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (refund) => [
    foreignKey({ name: "refunds_order_id_fkey", columns: [refund.orderId], foreignColumns: [orders.id] }).onDelete("cascade"),
    foreignKey({ name: "refunds_payment_id_fkey", columns: [refund.paymentId], foreignColumns: [payments.id] }).onDelete("cascade"),
    amountCheck("refunds_amount_minor_check", refund.amountMinor),
    currencyCheck("refunds_currency_check", refund.currency),
    oneOf("refunds_status_check", refund.status, refundSchema.shape.status.options),
    atLeast("refunds_version_check", refund.version, 1),
    index("refunds_order").on(refund.orderId, refund.createdAt),
    index("refunds_payment").on(refund.paymentId),
    index("refunds_not_succeeded")
      .on(refund.createdAt)
      .where(isOneOf(refund.status, ["pending", "refused"])),
  ],
);
