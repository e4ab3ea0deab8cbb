import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { OrderCommand } from "../../shared/domain/order/decide.ts";
import { allHeld, commands, held, states } from "../../shared/domain/order/fixtures.ts";
import type { OrderState } from "../../shared/domain/order/state.ts";
import { reviveOrder } from "../../shared/domain/order/state.ts";
import { keptEvent, wholeBody } from "./kept-event.ts";
import { LiveOrder } from "./live-order.ts";
import { eventEntry, eventTypeOf, firstEventType } from "./order-messages.ts";
import type { OrderRecord } from "./store.ts";

const id = "01890000-0000-7000-8000-000000000001";

/** An order's first event as it is written and sent, and the tables that it can be made of again. */
function told(given: readonly OrderCommand[], version = 2) {
  const live = new LiveOrder(null);
  for (const command of given) live.apply(command);
  const { state, unsaved: journal } = live;
  const order = toWireOrder(state, version);
  const type = firstEventType(state);
  const kept = keptEvent(state, version) ?? "";
  const entry = eventEntry({ id, type, before: null, state, order, causationId: state.requestId, journal }, { kept });
  return { entry, kept, orders: tables(state, version, journal) };
}

/** As a row of the disk gives them back. */
const tables = (state: OrderState, version: number, journal: unknown): Parameters<typeof wholeBody>[1] => ({
  load: () => ({ id: 7, state: reviveOrder(copy(state)), version }) as OrderRecord,
  journal: () => copy(journal) as ReturnType<Parameters<typeof wholeBody>[1]["journal"]>,
});
const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

const declined = commands.charge({ kind: "declined", reason: "card_declined" });
const paid = [commands.reservation(allHeld), commands.charge({ kind: "captured", reference: "ch_1" })];

describe("wholeBody: an order's first event", () => {
  it.each<[string, readonly OrderCommand[]]>([
    ["confirmed", [commands.place(), ...paid]],
    ["failed", [commands.place(), commands.reservation(allHeld), declined, commands.release(["A", "B"])]],
    ["short of stock", [commands.place(), commands.reservation([held("A"), { sku: "B", kind: "refused", code: "unknown_sku" } as never])]],
    ["waiting for another card", [commands.place({ onDecline: "wait" }), commands.reservation(allHeld), declined]],
    ["waiting for an answer", [commands.place(), commands.reservation([held("A"), { sku: "B", kind: "unknown" }])]],
    ["accepted", [commands.place()]],
  ])("%s is told again letter for letter", (_what, given) => {
    const { entry, kept, orders } = told(given);
    expect(wholeBody({ id, body: kept }, orders)).toBe(entry.body);
    expect(entry.kept).toBe(kept);
    expect(kept.length).toBeLessThan(120);
  });

  it("is told again letter for letter whatever the customer wrote", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(fc.dictionary(text, text), text, (metadata, paymentMethod) => {
        const { entry, kept, orders } = told([commands.place({ metadata, paymentMethod }), ...paid]);
        expect(wholeBody({ id, body: kept }, orders)).toBe(entry.body);
      }),
    );
  });

  it("is not told as what the order has become", () => {
    const { kept } = told([commands.place(), ...paid], 2);
    const { orders } = told([commands.place(), ...paid], 3);
    expect(wholeBody({ id, body: kept }, orders)).toBeNull();
    expect(wholeBody({ id, body: kept }, { load: () => null, journal: () => [] })).toBeNull();
  });

  it("is of the type that its status says, wherever the saga stands", () => {
    for (const after of Object.values(states).filter((state) => state !== null)) {
      const type = eventTypeOf({ published: "pending", before: null, after, unpublished: [] });
      if (type !== null) expect(type).toBe(firstEventType(after));
    }
  });
});

it("keptEvent keeps an event whole that tells of refunds: which of them it tells does not follow from the order", () => {
  expect(keptEvent(states["confirmed, refunding"], 2)).toBeNull();
});

it.each([['{"specversion":"1.0","id":"x"}'], ['{"subject":"ord_1","lines":[]}']])("wholeBody leaves %s as it is", (body) => {
  expect(wholeBody({ id, body }, { load: () => null, journal: () => [] })).toBe(body);
});
