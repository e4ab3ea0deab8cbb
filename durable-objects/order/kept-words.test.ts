/**
 * An order as this release keeps it, and the words in which it is told and answered again. When this test fails, orders that are kept so
 * are answered and told again in other words than the first time. If that must not be, an upgrade (`schema.ts`) writes both out first.
 */
import { expect, it } from "vitest";
import { reviveOrder, type OrderState } from "../../shared/domain/order/state.ts";
import { answerOf } from "./kept-answer.ts";
import { wholeBody } from "./kept-event.ts";
import type { OrderRecord } from "./store.ts";

const state =
  '{"orderId":"ord_1","principalId":"customer","status":"confirmed","lines":[{"sku":"A","quantity":2,"shard":3,"hold":"sold","name":"Product A",' +
  '"unitPriceMinor":500,"currency":"EUR","fulfilled":0,"returned":0}],"totalMinor":1000,"currency":"EUR","expectedTotalMinor":null,' +
  '"onDecline":"fail","payment":{"method":"pm_card_visa","status":"captured","attempt":1,"operations":[],"amountMinor":1000,' +
  '"reference":"ch_1","declineReason":null,"askedAtMs":null},"failure":null,"cancellation":null,"refunds":[],"fulfilments":[],"returns":[],' +
  '"metadata":{"note":"gift"},"requestId":"req-1","correlationId":"cor-1","createdAtMs":1000,"updatedAtMs":2000,"giveUpAtMs":901000,' +
  '"attempts":0,"entries":1}';
const journal =
  '[{"seq":1,"attempt":1,"at":"1970-01-01T00:00:01.000Z","duration_ms":5,"status":"cart_validated","cause":"test","detail":null,"stock":[],' +
  '"money":null,"step":"place","outcome":"ok"}]';
const row = { id: "01890000-0000-7000-8000-000000000001", body: '{"told_version":2,"subject":"ord_1"}' };

const answer =
  '{"id":"ord_1","status":"confirmed","items":[{"sku":"A","name":"Product A","quantity":2,"unit_price_minor":500,"line_total_minor":1000,' +
  '"fulfilled_quantity":0,"returned_quantity":0}],"total_minor":1000,"currency":"EUR","payment":{"id":"pay_1","status":"captured",' +
  '"amount_minor":1000,"refunded_minor":0},"hold_expires_at":null,"cancellation":null,"correlation_id":"cor-1","version":2,' +
  '"created_at":"1970-01-01T00:00:01.000Z","updated_at":"1970-01-01T00:00:02.000Z","metadata":{"note":"gift"}}';
const event =
  '{"specversion":"1.0","id":"01890000-0000-7000-8000-000000000001","type":"holdfast.order.confirmed.v1","source":"/holdfast/orders",' +
  '"subject":"ord_1","time":"1970-01-01T00:00:02.000Z","datacontenttype":"application/json","correlationid":"cor-1",' +
  `"causationid":"req-1","requestid":"req-1","data":{"order":${answer},"principal_id":"customer","payment_method":"pm_card_visa",` +
  '"payment":{"id":"pay_1","order_id":"ord_1","status":"captured","payment_method":"pm_card_visa","attempt":1,"amount_minor":1000,' +
  '"refunded_minor":0,"currency":"EUR","reference":"ch_1","decline_reason":null,"refunds":[],"created_at":"1970-01-01T00:00:01.000Z",' +
  `"updated_at":"1970-01-01T00:00:02.000Z"},"settled":true,"journal":${journal}}}`;

const record = (): OrderRecord => ({
  ...{ id: 7, version: 2, publishedEntries: 1, publishedStatus: "confirmed", lastEventId: row.id, nextAtMs: null },
  state: reviveOrder(JSON.parse(state) as OrderState),
});

it("answerOf: the words of the answer that is not kept", () => {
  expect(JSON.stringify(answerOf(record()))).toBe(answer);
});

it("wholeBody: the words of the event that is kept as its name", () => {
  expect(wholeBody(row, { load: record, journal: () => JSON.parse(journal) as [] })).toBe(event);
});
