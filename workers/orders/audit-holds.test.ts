import { expect, test, vi } from "vitest";
import type { StockAudit } from "../../shared/contracts/audited.ts";
import { readHoldsOf, readRange } from "./audit-holds.ts";
import type { AuditReader } from "./audit-reader.ts";

const orders = Array.from({ length: 150 }, (_, index) => `ord_${String(index).padStart(3, "0")}`);
const holdOf = (orderId: string): StockAudit["holds"][number] => ({
  ...{ reservationId: `${orderId}:1`, owner: "order", shard: 0, quantity: 1, returned: 0, state: "held" },
  ...{ updatedAtMs: 0, expiresAtMs: null },
});

/** A stock actor's pages, in which each order has a hold. */
function pages() {
  const levels = { sku: "A", onHand: 150, reserved: 150, available: 0, sold: 0, received: 150, shards: 1 };
  const stock = vi.fn<AuditReader["stock"]>(({ after, limit = 1_000 }) => {
    const rest = orders.filter((id) => `order/${id}:1` > after);
    const page = rest.slice(0, limit);
    const next = rest.length > limit ? `order/${page.at(-1) ?? ""}:1` : null;
    return Promise.resolve({ levels, totals: { held: 150, sold: 0, received: 150 }, holds: page.map(holdOf), next });
  });
  return { stock, reader: { stock } as unknown as AuditReader };
}

const limits = ({ stock }: ReturnType<typeof pages>) => stock.mock.calls.map(([{ limit }]) => limit);

test("readHoldsOf reads a hundred holds for an order, and a page answers for all that lie in it", async () => {
  const wanted = ["ord_000", "ord_050", "ord_120"];
  const read = pages();
  expect((await readHoldsOf(read.reader, "A", wanted)).map(({ reservationId }) => reservationId)).toEqual(wanted.map((id) => `${id}:1`));
  expect(limits(read)).toEqual([100, 100]);
});

test("readRange begins with a hundred holds, and goes on with large pages while the range does", async () => {
  const [few, all] = [pages(), pages()];
  expect((await readRange(few.reader, "A", { after: "", to: "ord_009" })).holds.length).toBe(10);
  expect((await readRange(all.reader, "A", { after: "", to: null })).holds.length).toBe(150);
  expect([limits(few), limits(all)]).toEqual([[100], [100, undefined]]);
});
