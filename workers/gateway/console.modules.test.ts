/** The console's pure modules: formatting, the merging of order pages, the reading of metrics, the spacing of polls. */
import { describe, expect, test } from "vitest";
import type { WireOrder, WireProduct } from "./console.types.ts";
import { formatDuration, formatMoney, humanize } from "./public/console/format.js";
import { lightOf } from "./public/console/latency.js";
import { meanBetween, parseSamples, totalsOf } from "./public/console/metrics-text.js";
import { totalOf } from "./public/console/order-lines.js";
import {
  emptyOrderList,
  hasMore,
  visibleOrders,
  withMoreWanted,
  withNewestPage,
  withNextPage,
  withOrder,
} from "./public/console/order-list.js";
import { addressOf, orderIdIn } from "./public/console/order-address.js";
import { delayAfter } from "./public/console/poll.js";

const order = (minute: number, rest: Partial<WireOrder> = {}): WireOrder => ({
  id: `ord_${String(minute).padStart(32, "0")}`,
  status: "confirmed",
  items: [],
  total_minor: 100,
  currency: "EUR",
  payment: { id: "pay_1", status: "captured", amount_minor: 100, refunded_minor: 0 },
  hold_expires_at: null,
  cancellation: null,
  correlation_id: "c",
  version: 1,
  created_at: `2026-11-21T09:${String(minute).padStart(2, "0")}:00.000Z`,
  updated_at: "2026-11-21T09:30:00.000Z",
  metadata: {},
  ...rest,
});
const page = (minutes: number[], nextCursor: string | null = null) => ({
  data: minutes.map((minute) => order(minute)),
  next_cursor: nextCursor,
});
const minutesOf = (orders: readonly WireOrder[]) => orders.map(({ created_at }) => Number(created_at.slice(14, 16)));
const visibleMinutes = (list: Parameters<typeof visibleOrders>[0]) => minutesOf(visibleOrders(list, null));

describe("order list", () => {
  test("a newest page that joins what is shown keeps the older pages and their cursor", () => {
    const twoPages = withNextPage(withNewestPage(emptyOrderList, page([5, 4], "b")), page([3, 2], "c"));
    const list = withNewestPage(twoPages, page([6, 5], "x"));
    expect([visibleMinutes(list), list.nextCursor]).toEqual([[6, 5, 4, 3, 2], "c"]);
  });

  test("a newest page that does not join starts the list again, so that no order is skipped", () => {
    const list = withNewestPage(withNewestPage(emptyOrderList, page([5, 4], "b")), page([9, 8], "x"));
    expect([visibleMinutes(list), list.nextCursor]).toEqual([[9, 8], "x"]);
  });

  test("an order that left the newest page's range is dropped", () => {
    const list = withNewestPage(withNewestPage(emptyOrderList, page([5, 4, 3], "b")), page([5, 3], "b"));
    expect(visibleMinutes(list)).toEqual([5, 3]);
  });

  test("an order placed here is shown before any page has it, and once when one has", () => {
    const placed = withOrder(withNewestPage(emptyOrderList, page([5])), order(6));
    expect(visibleMinutes(placed)).toEqual([6, 5]);
    expect(visibleMinutes(withNewestPage(placed, page([5])))).toEqual([6, 5]);
    expect(visibleMinutes(withNewestPage(placed, page([6, 5])))).toEqual([6, 5]);
  });

  test("a page that is behind does not take back a newer version", () => {
    const ahead = withOrder(withNewestPage(emptyOrderList, page([5])), order(5, { version: 3, status: "refunded" }));
    expect(visibleOrders(withNewestPage(ahead, page([5])), null).map(({ status }) => status)).toEqual(["refunded"]);
  });

  const twenty = (newest: number) => Array.from({ length: 20 }, (_, index) => newest - index);

  test("new orders push out the oldest: as many stay as were asked for, and the pages go on after them", () => {
    const list = withNewestPage(withNewestPage(emptyOrderList, page(twenty(40), "after 21")), page(twenty(41), "after 22"));
    expect([visibleMinutes(list), list.nextCursor]).toEqual([twenty(41), "after 22"]);
    const placed = withOrder(list, order(42));
    expect([visibleMinutes(placed).length, visibleMinutes(placed)[0], hasMore(placed, null)]).toEqual([20, 42, true]);
  });

  test("more orders are a page more, and asking again while they are not there is not another one", () => {
    const first = withNewestPage(emptyOrderList, page(twenty(59), "after 40"));
    const asked = withMoreWanted(withMoreWanted(first, null), null);
    expect([first.wanted, asked.wanted]).toEqual([20, 40]);
    const two = withNextPage(asked, page(twenty(39), "after 20"));
    expect([visibleMinutes(two).length, withMoreWanted(two, null).wanted]).toEqual([40, 60]);
    expect(visibleMinutes(withNewestPage(two, page(twenty(59), "after 40"))).length).toBe(40);
  });

  test("an order that was opened before its page was read is shown once", () => {
    const opened = withOrder(withNewestPage(emptyOrderList, page([5, 4], "b")), order(3, { version: 2 }));
    const list = withNextPage(opened, page([3, 2]));
    expect(visibleOrders(list, null).map(({ version }) => version)).toEqual([1, 1, 2, 1]);
  });

  test("the filter holds for orders placed here too", () => {
    const list = withOrder(emptyOrderList, order(6, { status: "failed" }));
    expect([visibleOrders(list, "confirmed").length, visibleOrders(list, "failed").length]).toEqual([0, 1]);
  });
});

describe("an order's address", () => {
  const { id } = order(1);

  test("orderIdIn reads what addressOf writes", () => expect(orderIdIn(addressOf(id))).toBe(id));

  test.each(["", "#", "#main", "#/orders", "#/orders/", `#/orders/${id}/timeline`, `#orders/${id}`])(
    "orderIdIn reads no order in %j",
    (hash) => expect(orderIdIn(hash)).toBe(null),
  );
});

describe("format", () => {
  test.each([
    [1450, "EUR", "14.50"],
    [5, "EUR", "0.05"],
    [1450, "JPY", "1,450"],
    [Number.MAX_SAFE_INTEGER, "EUR", "90,071,992,547,409.91"],
  ])("formatMoney writes %d %s exactly", (amount, currency, digits) => {
    expect(formatMoney(amount, currency)).toContain(digits);
  });

  test("formatMoney writes a dash for what is not known", () => expect(formatMoney(null, null)).toBe("–"));

  test.each([
    [0, "0 ms"],
    [0.44, "0.4 ms"],
    [9.96, "10 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [1240, "1.24 s"],
    [59_949, "59.9 s"],
    [61_000, "1 min"],
    [5_400_000, "1 h 30 min"],
  ])("formatDuration writes %d ms as %s", (durationMs, text) => expect(formatDuration(durationMs)).toBe(text));

  test("humanize makes a sentence of a wire name", () => expect(humanize("pending_payment")).toBe("Pending payment"));
});

describe("metrics", () => {
  const text = [
    "# HELP http_request_duration_seconds How long",
    'http_request_duration_seconds_sum{method="POST",path="/v1/orders",status_code="201"} 3',
    'http_request_duration_seconds_sum{status_code="409",path="/v1/orders",method="POST"} 1',
    'http_request_duration_seconds_count{method="POST",path="/v1/orders",status_code="201"} 6',
    'http_request_duration_seconds_count{method="POST",path="/v1/orders",status_code="409"} 2',
    'http_request_duration_seconds_count{method="GET",path="/v1/orders"} 100',
    'http_request_duration_seconds_count{method="POST",path="/v1/orders/:id"} 100',
    "up 1",
  ].join("\n");

  test("the totals of a route are over all its statuses and no other route", () => {
    expect(totalsOf(parseSamples(text), { method: "POST", path: "/v1/orders" })).toEqual({ sumS: 4, count: 8 });
  });

  test("parseSamples reads escaped labels and samples without any", () => {
    expect(parseSamples('a{b="x\\"}\\\\"} 2\nup 1')).toEqual([
      { name: "a", labels: { b: 'x"}\\' }, value: 2 },
      { name: "up", labels: {}, value: 1 },
    ]);
  });

  test("meanBetween is null when nothing was counted or the counters began anew", () => {
    expect(meanBetween({ sumS: 1, count: 2 }, { sumS: 2, count: 4 })).toEqual({ meanMs: 500, count: 2 });
    expect(meanBetween({ sumS: 1, count: 2 }, { sumS: 1, count: 2 })).toBe(null);
    expect(meanBetween({ sumS: 9, count: 2 }, { sumS: 1, count: 4 })).toBe(null);
  });

  test.each([
    [999, "good"],
    [1000, "warn"],
    [1999, "warn"],
    [2000, "bad"],
  ])("the light of %d ms is %s", (meanMs, tone) => expect(lightOf(meanMs).tone).toBe(tone));
});

describe("delayAfter", () => {
  test.each([
    [{ intervalMs: 2000, failures: 0 }, 2000],
    [{ intervalMs: 2000, failures: 1 }, 4000],
    [{ intervalMs: 2000, failures: 3 }, 16_000],
    [{ intervalMs: 2000, failures: 900 }, 30_000],
    [{ intervalMs: 2000, failures: 1, retryAfterMs: 9000 }, 9000],
    [{ intervalMs: 60_000, failures: 2 }, 60_000],
  ])("%o waits %d ms", (state, delayMs) => expect(delayAfter(state)).toBe(delayMs));
});

describe("totalOf", () => {
  const product = (sku: string, price: number, currency = "EUR"): WireProduct => ({
    sku,
    name: sku,
    price_minor: price,
    currency,
    version: 1,
    updated_at: "",
  });
  const products = [product("A", 150), product("B", 20), product("C", 1, "USD"), product("D", Number.MAX_SAFE_INTEGER)];

  test("adds up the lines at the prices shown", () => {
    expect(
      totalOf(
        [
          { sku: "A", quantity: 2 },
          { sku: "B", quantity: 3 },
        ],
        products,
      ),
    ).toEqual({ amountMinor: 360, currency: "EUR" });
  });

  test.each([
    ["no line", []],
    ["a SKU without a price", [{ sku: "X", quantity: 1 }]],
    [
      "two currencies",
      [
        { sku: "A", quantity: 1 },
        { sku: "C", quantity: 1 },
      ],
    ],
    ["an empty quantity", [{ sku: "A", quantity: Number.NaN }]],
    ["half a unit", [{ sku: "A", quantity: 0.5 }]],
    ["more than can be counted", [{ sku: "D", quantity: 2 }]],
  ])("says nothing for %s", (_, lines) => expect(totalOf(lines, products)).toBe(null));
});
