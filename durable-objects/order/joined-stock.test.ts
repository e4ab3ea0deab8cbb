import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReserveReply } from "../../shared/contracts/rpc.ts";
import { JoinedStock } from "./joined-stock.ts";

const held: ReserveReply = {
  ...{ ok: true, name: "A product", unitPriceMinor: 500, currency: "EUR", expiresAtMs: null },
  levels: { sku: "A", onHand: 9, reserved: 1, available: 8, sold: 0, received: 9, shards: 1 },
};
const hold = (reservationId: string, sku = "A") => ({ sku, reservationId, owner: "order", quantity: 1 }) as const;
const sale = (reservationId: string, sku = "A") => ({ sku, reservationId });

/** The stock of one object, of whatever SKU, and the calls that it gets; `dry` holds must be asked for alone, and wait for ever. */
function recorded({ dry = [] }: { readonly dry?: readonly string[] } = {}) {
  const calls: (readonly [method: string, ...ids: string[]])[] = [];
  const answer = (wish: { readonly reservationId: string; readonly kind?: string }) => {
    if (wish.kind === "commit") return { ok: true, reply: null };
    return { ok: true, reply: dry.includes(wish.reservationId) ? "dry" : held };
  };
  const many = (method: string) => (wishes: readonly Parameters<typeof answer>[0][]) => {
    calls.push([method, ...wishes.map(({ reservationId }) => reservationId)]);
    return Promise.resolve(wishes.map(answer));
  };
  const stub = {
    reserve: ({ reservationId }: { readonly reservationId: string }) => {
      calls.push(["reserve", reservationId]);
      return dry.includes(reservationId) ? new Promise(() => undefined) : Promise.resolve(held);
    },
    ...{ reserveMany: many("reserveMany"), commitMany: many("commitMany"), reserveAndCommit: many("reserveAndCommit") },
  };
  const namespace = { idFromName: (name: string) => name, get: () => stub } as unknown as DurableObjectNamespace;
  return { calls, stock: new JoinedStock(namespace, { kind: "pooled", hosts: 1 }, 30) };
}

describe("JoinedStock", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("takes sales along with the next holds, of any SKU of the object, and each has its own answer", async () => {
    const { calls, stock } = recorded();
    const sales = [stock.of("A").commit(sale("a1")), stock.of("B").commit(sale("b1", "B"))];
    await vi.advanceTimersByTimeAsync(20);
    const holds = [stock.of("A").reserve(hold("a2")), stock.of("B").reserve(hold("b2", "B"))];
    expect(await Promise.all([...sales, ...holds])).toEqual([undefined, undefined, held, held]);
    expect(calls).toEqual([["reserveAndCommit", "a1", "b1", "a2", "b2"]]);
  });

  it("makes sales by themselves when no hold is asked for soon", async () => {
    const { calls, stock } = recorded();
    const sales = [stock.of("A").commit(sale("a1")), stock.of("A").commit(sale("a2"))];
    await vi.advanceTimersByTimeAsync(30);
    await Promise.all(sales);
    expect(calls).toEqual([["commitMany", "a1", "a2"]]);
  });

  it("asks for one hold alone, and for several together", async () => {
    const { calls, stock } = recorded();
    await stock.of("A").reserve(hold("a1"));
    await Promise.all([stock.of("A").reserve(hold("a2")), stock.of("A").reserve(hold("a3"))]);
    expect(calls).toEqual([
      ["reserve", "a1"],
      ["reserveMany", "a2", "a3"],
    ]);
  });

  it("asks again alone for a hold that must wait for units, and the sales that went with it do not wait for them", async () => {
    const { calls, stock } = recorded({ dry: ["a2"] });
    const sold = stock.of("A").commit(sale("a1"));
    void stock.of("A").reserve(hold("a2"));
    await sold;
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toEqual([
      ["reserveAndCommit", "a1", "a2"],
      ["reserve", "a2"],
    ]);
  });
});
