import { expect, test } from "vitest";
import { orderEvent, testRefund } from "../testing/events.ts";
import { orderNoticeSchema, toNotice } from "./order-notice.ts";

const failure = { code: "out_of_stock" as const, detail: "PROD-1 is sold out.", lines: [{ sku: "PROD-1", requested: 2, available: 0 }] };
const events = [
  orderEvent(),
  orderEvent({ type: "holdfast.order.failed.v1", order: { status: "failed", failure, total_minor: null, currency: null } }),
  orderEvent({ type: "holdfast.order.refunded.v1", payment: { refunds: [testRefund(1), testRefund(2, { status: "pending" })] } }),
  orderEvent({ type: "holdfast.order.updated.v1", payment: {} }),
];

test.each(events)("toNotice takes from $type exactly what a notice is", (event) => {
  const notice = toNotice(event);
  expect(orderNoticeSchema.parse(notice)).toEqual(notice);
  // What an older release sent says the same.
  expect(orderNoticeSchema.parse(event)).toEqual(notice);
});

test("toNotice leaves lines, journal and metadata behind", () => {
  const { data, ...envelope } = orderEvent({ order: { metadata: { note: "gift" } } });
  const notice = toNotice({ data, ...envelope });
  expect(notice).toMatchObject(envelope);
  expect(Object.keys(notice.data.order)).toEqual(["id", "total_minor", "currency", "payment"]);
  expect(Object.keys(notice.data)).toEqual(["order", "principal_id"]);
});
