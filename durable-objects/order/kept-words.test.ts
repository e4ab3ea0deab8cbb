/**
 * An order as this release keeps it, and the words in which it is told and answered again. When this test fails, orders that are kept so
 * are answered and told again in other words than the first time. If that must not be, an upgrade (`schema.ts`) writes both out first.
 */
import { describe, expect, it } from "vitest";
import { reviveOrder, type OrderState } from "../../shared/domain/order/state.ts";
import { answerOf } from "./kept-answer.ts";
import { wholeBody } from "./kept-event.ts";
import type { OrderRecord } from "./store.ts";

interface KeptOrder {
  /** The row of `orders`. */
  readonly state: string;
  /** null: it has not settled. */
  readonly answer: string | null;
  readonly event: string;
}

const journal =
  '[{"seq":1,"attempt":1,"at":"1970-01-01T00:00:01.000Z","duration_ms":5,"status":"cart_validated","cause":"test","detail":null,"stock":[],' +
  '"money":null,"step":"place","outcome":"ok"}]';
const times = '"created_at":"1970-01-01T00:00:01.000Z","updated_at":"1970-01-01T00:00:02.000Z"';
/** The ends of a state and the beginning of an event, which are the same for all. */
const stateEnd =
  '"cancellation":null,"refunds":[],"fulfilments":[],"returns":[],"metadata":{"note":"gift"},"requestId":"req-1","correlationId":"cor-1",' +
  '"createdAtMs":1000,"updatedAtMs":2000,"giveUpAtMs":901000,"attempts":0,"entries":1}';
const eventOf = (type: string, data: string): string =>
  `{"specversion":"1.0","id":"01890000-0000-7000-8000-000000000001","type":"holdfast.order.${type}.v1","source":"/holdfast/orders",` +
  '"subject":"ord_1","time":"1970-01-01T00:00:02.000Z","datacontenttype":"application/json","correlationid":"cor-1",' +
  `"causationid":"req-1","requestid":"req-1","data":${data}}`;

const confirmed =
  '{"id":"ord_1","status":"confirmed","items":[{"sku":"A","name":"Product A","quantity":2,"unit_price_minor":500,"line_total_minor":1000,' +
  '"fulfilled_quantity":0,"returned_quantity":0}],"total_minor":1000,"currency":"EUR","payment":{"id":"pay_1","status":"captured",' +
  `"amount_minor":1000,"refunded_minor":0},"hold_expires_at":null,"cancellation":null,"correlation_id":"cor-1","version":2,${times},` +
  '"metadata":{"note":"gift"}}';
const failed =
  '{"id":"ord_1","status":"failed","failure":{"code":"out_of_stock","detail":"1 of 2 available","lines":[{"sku":"A","requested":2,' +
  '"available":1}]},"items":[{"sku":"A","name":null,"quantity":2,"unit_price_minor":null,"line_total_minor":null,"fulfilled_quantity":0,' +
  '"returned_quantity":0}],"total_minor":null,"currency":null,"payment":{"id":"pay_1","status":"none","amount_minor":0,' +
  `"refunded_minor":0},"hold_expires_at":null,"cancellation":null,"correlation_id":"cor-1","version":2,${times},"metadata":{"note":"gift"}}`;
const waiting =
  '{"id":"ord_1","status":"pending_payment","items":[{"sku":"A","name":"Product A","quantity":2,"unit_price_minor":500,' +
  '"line_total_minor":1000,"fulfilled_quantity":0,"returned_quantity":0}],"total_minor":1000,"currency":"EUR","payment":{"id":"pay_1",' +
  '"status":"declined","amount_minor":0,"refunded_minor":0},"hold_expires_at":"1970-01-01T00:15:01.000Z","cancellation":null,' +
  `"correlation_id":"cor-1","version":2,${times},"metadata":{"note":"gift"}}`;

const keptOrders: Readonly<Record<string, KeptOrder>> = {
  "is confirmed": {
    state:
      '{"orderId":"ord_1","principalId":"customer","status":"confirmed","lines":[{"sku":"A","quantity":2,"shard":3,"hold":"sold",' +
      '"name":"Product A","unitPriceMinor":500,"currency":"EUR","fulfilled":0,"returned":0}],"totalMinor":1000,"currency":"EUR",' +
      '"expectedTotalMinor":null,"onDecline":"fail","payment":{"method":"pm_card_visa","status":"captured","attempt":1,"operations":[],' +
      `"amountMinor":1000,"reference":"ch_1","declineReason":null,"askedAtMs":null},"failure":null,${stateEnd}`,
    answer: confirmed,
    event: eventOf(
      "confirmed",
      `{"order":${confirmed},"principal_id":"customer","payment_method":"pm_card_visa","payment":{"id":"pay_1","order_id":"ord_1",` +
        '"status":"captured","payment_method":"pm_card_visa","attempt":1,"amount_minor":1000,"refunded_minor":0,"currency":"EUR",' +
        `"reference":"ch_1","decline_reason":null,"refunds":[],${times}},"settled":true,"journal":${journal}}`,
    ),
  },
  "has failed for want of stock": {
    state:
      '{"orderId":"ord_1","principalId":"customer","status":"failed","lines":[{"sku":"A","quantity":2,"shard":0,"hold":"none","name":null,' +
      '"unitPriceMinor":null,"currency":null,"fulfilled":0,"returned":0}],"totalMinor":null,"currency":null,"expectedTotalMinor":null,' +
      '"onDecline":"fail","payment":{"method":"pm_card_visa","status":"none","attempt":1,"operations":[],"amountMinor":0,"reference":null,' +
      '"declineReason":null,"askedAtMs":null},"failure":{"code":"out_of_stock","detail":"1 of 2 available","lines":[{"sku":"A",' +
      `"requested":2,"available":1}]},${stateEnd}`,
    answer: failed,
    event: eventOf(
      "failed",
      `{"order":${failed},"principal_id":"customer","payment_method":"pm_card_visa","payment":{"id":"pay_1","order_id":"ord_1",` +
        '"status":"none","payment_method":"pm_card_visa","attempt":1,"amount_minor":0,"refunded_minor":0,"currency":null,' +
        `"reference":null,"decline_reason":null,"refunds":[],${times}},"settled":true,"journal":${journal}}`,
    ),
  },
  "waits for another card": {
    state:
      '{"orderId":"ord_1","principalId":"customer","status":"pending_payment","lines":[{"sku":"A","quantity":2,"shard":3,"hold":"held",' +
      '"name":"Product A","unitPriceMinor":500,"currency":"EUR","fulfilled":0,"returned":0}],"totalMinor":1000,"currency":"EUR",' +
      '"expectedTotalMinor":null,"onDecline":"wait","payment":{"method":"pm_card_declined","status":"declined","attempt":1,' +
      '"operations":[],"amountMinor":0,"reference":null,"declineReason":"card_declined","askedAtMs":null},"failure":null,' +
      stateEnd,
    answer: null,
    event: eventOf(
      "pending",
      `{"order":${waiting},"principal_id":"customer","payment_method":"pm_card_declined","payment":{"id":"pay_1","order_id":"ord_1",` +
        '"status":"declined","payment_method":"pm_card_declined","attempt":1,"amount_minor":0,"refunded_minor":0,"currency":"EUR",' +
        `"reference":null,"decline_reason":"card_declined","refunds":[],${times}},"settled":false,"journal":${journal}}`,
    ),
  },
};
const row = { id: "01890000-0000-7000-8000-000000000001", body: '{"told_version":2,"subject":"ord_1"}' };

function recordOf(kept: KeptOrder): OrderRecord {
  const state = reviveOrder(JSON.parse(kept.state) as OrderState);
  return { id: 7, version: 2, publishedEntries: 1, publishedStatus: state.status, lastEventId: row.id, nextAtMs: null, state };
}

describe.each(Object.entries(keptOrders))("an order that %s", (_what, kept) => {
  it("is answered again in the words of its answer, which is not kept", () => {
    const answer = answerOf(recordOf(kept));
    expect(answer && JSON.stringify(answer)).toBe(kept.answer);
  });

  it("is told again in the words of its event, which is kept as its name", () => {
    expect(wholeBody(row, { load: () => recordOf(kept), journal: () => JSON.parse(journal) as [] })).toBe(kept.event);
  });
});
