import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JoinedOrderReply, OrderActorApi, PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { JoinedOrders, type PlacingRequest } from "./joined-orders.ts";
import { wireOrder } from "./testing/fake-ports.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const commandOf = (name: string, bodyLength = 2): PlaceOrderCommand => ({
  name,
  principalId: "ada",
  request: { method: "POST", path: "/v1/orders", body: "x".repeat(bodyLength) },
  items: [],
  paymentMethod: "pm_card_visa",
  expectedTotalMinor: null,
  metadata: {},
  context: { requestId: `request-${name}`, correlationId: "journey" },
  waitMs: 9_000,
});
const replyTo = ({ name }: PlaceOrderCommand): PlaceOrderReply => ({
  kind: "accepted",
  replayed: false,
  order: { ...wireOrder, id: name },
});
const textFor = (command: PlaceOrderCommand): JoinedOrderReply => JSON.stringify(replyTo(command));
const after = <Value>(ms: number, value: () => Value): Promise<Value> => new Promise((resolve) => setTimeout(() => resolve(value()), ms));
const never = new Promise<never>(() => undefined);

type Host = ReturnType<typeof hostWith>;
/** An object that answers a call after 10 ms, each order with its own name as the order's id. */
const hostWith = (overrides: Partial<OrderActorApi> = {}) => ({
  placeOrder: vi.fn(overrides.placeOrder ?? ((command) => after(10, () => replyTo(command)))),
  placeOrdersAsTexts: vi.fn<OrderActorApi["placeOrdersAsTexts"]>(
    overrides.placeOrdersAsTexts ?? ((commands) => after(10, () => commands.map(textFor))),
  ),
});

/** What the object was called with: the orders that were asked alone, and the batches. */
const callsOf = ({ placeOrder, placeOrdersAsTexts }: Host) => ({
  alone: placeOrder.mock.calls.map(([{ name }]) => name),
  batches: placeOrdersAsTexts.mock.calls.map(([commands]) => commands.map(({ name }) => name)),
});

/** One gateway and its requests. */
function gatewayOf(host: Host, { turn }: { turn?: () => Promise<void> } = {}) {
  const joined = new JoinedOrders({ ...(turn !== undefined && { turn }) });
  const kept: Promise<unknown>[] = [];
  const request: PlacingRequest = { host: () => host, keepAlive: (work) => kept.push(work), hasIdOfItsOwn: true };
  const place = (name: string, { bodyLength, ...overrides }: Partial<PlacingRequest> & { bodyLength?: number } = {}) =>
    joined.place(commandOf(name, bodyLength), { ...request, ...overrides });
  /** The ids of the answers; a name is the order's id. */
  const placeAll = async (...names: readonly string[]): Promise<readonly string[]> => {
    const replies = Promise.all(names.map((name) => place(name).then((reply) => (reply.kind === "mismatch" ? "" : reply.order.id))));
    await vi.advanceTimersByTimeAsync(20_000);
    return replies;
  };
  return { place, placeAll, kept };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `order-${index}`);

describe("JoinedOrders: what goes together", () => {
  test("who comes alone calls at once, and sets no timer", async () => {
    const host = hostWith({ placeOrder: (command) => Promise.resolve(replyTo(command)) });
    const { place } = gatewayOf(host);
    for (const name of ["a", "b", "c"]) expect(await place(name)).toEqual(replyTo(commandOf(name)));
    expect(callsOf(host)).toEqual({ alone: ["a", "b", "c"], batches: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("who comes while others are under way goes with those who come in the same moment, and each gets its own reply", async () => {
    const host = hostWith();
    const { placeAll } = gatewayOf(host);
    expect(await placeAll("a", "b", "c", "d")).toEqual(["a", "b", "c", "d"]);
    expect(callsOf(host)).toEqual({ alone: ["a"], batches: [["b", "c", "d"]] });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("who comes after the call goes with the next, though the first is still under way", async () => {
    const host = hostWith();
    const { place } = gatewayOf(host);
    const replies = Promise.all([place("a"), place("b"), place("c"), after(5, () => 0).then(() => Promise.all([place("d"), place("e")]))]);
    await vi.advanceTimersByTimeAsync(100);
    await replies;
    expect(callsOf(host)).toEqual({
      alone: ["a"],
      batches: [
        ["b", "c"],
        ["d", "e"],
      ],
    });
  });

  test("a batch of one is an ordinary call: nobody is asked twice, and it is not said to be", async () => {
    const host = hostWith();
    await gatewayOf(host).placeAll("a", "b");
    expect(callsOf(host)).toEqual({ alone: ["a", "b"], batches: [] });
    expect(host.placeOrder.mock.calls.every(([command]) => command.askedAgain === undefined)).toBe(true);
  });

  test("a call has at most 250 orders", async () => {
    const host = hostWith();
    const names = numbered(502);
    expect(await gatewayOf(host).placeAll(...names)).toEqual(names);
    expect(callsOf(host).batches.map((batch) => batch.length)).toEqual([250, 250]);
    expect(callsOf(host).alone).toEqual(["order-0", "order-501"]);
  });

  test("and at most a million characters of bodies, and one order's more", async () => {
    const host = hostWith();
    const { place } = gatewayOf(host);
    const replies = Promise.all(numbered(36).map((name) => place(name, { bodyLength: 65_536 })));
    await vi.advanceTimersByTimeAsync(100);
    await replies;
    expect(callsOf(host).batches.map((batch) => batch.length)).toEqual([16, 16, 3]);
  });

  test("the call is kept alive by the request that leads: its client may go", async () => {
    const host = hostWith();
    const { place, kept } = gatewayOf(host);
    const replies = Promise.all(["a", "b", "c"].map((name) => place(name)));
    // "a" goes alone, "b" leads.
    expect(kept).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all([replies, ...kept]);
  });
});

describe("JoinedOrders: who hears nothing asks alone", () => {
  test("that is unanswered, once, with the time that is left; its neighbours have their replies", async () => {
    const host = hostWith({ placeOrdersAsTexts: (commands) => after(30, () => commands.map((c) => (c.name === "c" ? null : textFor(c)))) });
    expect(await gatewayOf(host).placeAll("a", "b", "c", "d")).toEqual(["a", "b", "c", "d"]);
    expect(callsOf(host).alone).toEqual(["a", "c"]);
    expect(host.placeOrder.mock.lastCall).toEqual([{ ...commandOf("c"), waitMs: 8_970, askedAgain: true }]);
  });

  test("what becomes of the orders of a call is counted", async () => {
    const count = vi.fn();
    const joined = new JoinedOrders({ count });
    const host = hostWith({ placeOrdersAsTexts: (commands) => after(30, () => commands.map((c) => (c.name === "c" ? null : textFor(c)))) });
    const request = { host: () => host, keepAlive: () => undefined, hasIdOfItsOwn: true };
    const place = (...names: string[]) => Promise.all(names.map((name) => joined.place(commandOf(name), request)));
    const replies = place("a", "b", "c", "d");
    await vi.advanceTimersByTimeAsync(100);
    await replies;
    host.placeOrdersAsTexts.mockRejectedValue(new Error("gone"));
    const later = place("e", "f", "g");
    await vi.advanceTimersByTimeAsync(100);
    await later;
    expect(count.mock.calls).toEqual([
      ["answered", 2],
      ["alone", 1],
      ["lost", 2],
    ]);
  });

  test("everybody, when the call fails: the error of the own call is the order's", async () => {
    const host = hostWith({
      placeOrdersAsTexts: () => Promise.reject(new Error("the receiver does not implement it")),
      placeOrder: (command) => (command.name === "c" ? Promise.reject(new Error("c's own")) : Promise.resolve(replyTo(command))),
    });
    const { place } = gatewayOf(host);
    void place("slow");
    const results = Promise.allSettled(["b", "c", "d"].map((name) => place(name)));
    await vi.advanceTimersByTimeAsync(100);
    expect((await results).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(callsOf(host).alone.sort()).toEqual(["b", "c", "d", "slow"]);
  });

  test.each([
    ["its leader's life ends before it calls", { turn: () => never }, {}],
    ["its leader's life ends before it hears", {}, { placeOrdersAsTexts: () => never }],
  ])("everybody after 2 s, when %s", async (_when, options, overrides) => {
    const host = hostWith(overrides);
    const { place } = gatewayOf(host, options);
    const replies = Promise.all(["a", "b", "c"].map((name) => place(name)));
    await vi.advanceTimersByTimeAsync(1_999);
    expect(callsOf(host).alone).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(11);
    await replies;
    expect(callsOf(host).alone).toEqual(["a", "b", "c"]);
    expect(host.placeOrder.mock.lastCall).toMatchObject([{ waitMs: 7_000 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a reply that is missing is none, not a neighbour's", async () => {
    const host = hostWith({ placeOrdersAsTexts: (commands) => Promise.resolve(commands.slice(0, 1).map(textFor)) });
    expect(await gatewayOf(host).placeAll("a", "b", "c")).toEqual(["a", "b", "c"]);
    expect(callsOf(host).alone).toEqual(["a", "c"]);
  });

  test.each([
    ["null, and its id is its own", null, true, true],
    ["null, and another request may have its id", null, false, undefined],
    ["that it has begun the order", "begun", false, true],
  ] as const)("told %s: asked again %s", async (_what, reply, own, askedAgain) => {
    const host = hostWith({ placeOrdersAsTexts: (commands) => Promise.resolve(commands.map(() => reply)) });
    const { place } = gatewayOf(host);
    const replies = Promise.all(["a", "b", "c"].map((name) => place(name, { hasIdOfItsOwn: own })));
    await vi.advanceTimersByTimeAsync(100);
    await replies;
    expect(host.placeOrder.mock.lastCall?.[0].askedAgain).toBe(askedAgain);
  });

  test("the call failed, and another request may have its id: it is not said to be asked again", async () => {
    const host = hostWith({ placeOrdersAsTexts: () => Promise.reject(new Error("gone")) });
    const { place } = gatewayOf(host);
    const replies = Promise.all(["a", "b", "c"].map((name) => place(name, { hasIdOfItsOwn: false })));
    await vi.advanceTimersByTimeAsync(100);
    await replies;
    expect(host.placeOrder.mock.lastCall?.[0]).toEqual({ ...commandOf("c"), waitMs: expect.any(Number) as number });
  });
});

describe("JoinedOrders: hundreds who must ask again", () => {
  /** When each asked alone that was part of a joined call, ms after `sinceMs`. */
  async function askedAt(names: readonly string[], overrides: Partial<OrderActorApi>, waitMs = 9_000) {
    const sinceMs = Date.now();
    const asked: { atMs: number; command: PlaceOrderCommand }[] = [];
    const host = hostWith({
      ...overrides,
      placeOrder: (command) => {
        if (command.askedAgain === true) asked.push({ atMs: Date.now() - sinceMs, command });
        return command.name === "under way" ? never : Promise.resolve(replyTo(command));
      },
    });
    const joined = new JoinedOrders();
    const request = { host: () => host, keepAlive: () => undefined, hasIdOfItsOwn: true };
    void joined.place(commandOf("under way"), request);
    const replies = Promise.all(names.map((name) => joined.place({ ...commandOf(name), waitMs }, request)));
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await replies).toEqual(names.map((name) => replyTo(commandOf(name))));
    return asked;
  }
  /** The most of these times that lie within 10 ms. */
  const mostWithin10Ms = (times: readonly number[]): number =>
    Math.max(...times.map((from) => times.filter((atMs) => atMs >= from && atMs < from + 10).length));

  test.each([
    ["their call failed", { placeOrdersAsTexts: () => Promise.reject(new Error("gone")) }, 0],
    ["the object answered nobody", { placeOrdersAsTexts: (commands) => after(1_020, () => commands.map(() => null)) }, 1_020],
    ["nothing was heard", { placeOrdersAsTexts: () => never }, 2_000],
  ] satisfies [string, Partial<OrderActorApi>, number][])(
    "32 at once and then one each ms, when %s, however many calls they were",
    async (_when, overrides, fromMs) => {
      const asked = (await askedAt(numbered(500), overrides)).map(({ atMs }) => atMs);
      expect(asked).toHaveLength(500);
      expect(asked.filter((atMs) => atMs === fromMs)).toHaveLength(32);
      expect(mostWithin10Ms(asked)).toBeLessThanOrEqual(32 + 10);
      expect(Math.max(...asked)).toBe(fromMs + 500 - 32);
    },
  );

  test("each has half of the time that it had left for its answer", async () => {
    const failLate = async (): Promise<never> => {
      await after(20, () => undefined);
      throw new Error("gone");
    };
    const asked = await askedAt(numbered(250), { placeOrdersAsTexts: failLate }, 120);
    expect(asked).toHaveLength(250);
    expect(Math.max(...asked.map(({ atMs }) => atMs))).toBe(70);
    expect(asked.every(({ atMs, command }) => command.waitMs === 120 - atMs)).toBe(true);
  });
});

describe("JoinedOrders: when not to join", () => {
  /** Places two while a third one is under way, so many ms later, and says how many calls were joined. */
  async function joinedLater({ place }: ReturnType<typeof gatewayOf>, host: Host, laterMs: number): Promise<number> {
    await vi.advanceTimersByTimeAsync(laterMs);
    const before = callsOf(host).batches.length;
    const replies = Promise.all(["x", "y", "z"].map((name) => place(name)));
    await vi.advanceTimersByTimeAsync(3_000);
    await replies;
    return callsOf(host).batches.length - before;
  }

  const unanswered = (count: number) => ({
    placeOrdersAsTexts: (commands: readonly PlaceOrderCommand[]) =>
      Promise.resolve(commands.map((command, index) => (index < count ? null : textFor(command)))),
  });

  test.each([
    ["after a call that left most of its orders to ask alone", unanswered(3), 900, 0],
    ["after a call that left half of them to", unanswered(2), 900, 1],
    ["after a call that failed", { placeOrdersAsTexts: () => Promise.reject(new Error("gone")) }, 900, 0],
    ["after a call that failed, a second later", { placeOrdersAsTexts: () => Promise.reject(new Error("gone")) }, 1_100, 1],
  ] as const)("%s", async (_when, overrides, laterMs, joins) => {
    const host = hostWith({ ...overrides, placeOrder: (command) => Promise.resolve(replyTo(command)) });
    const slow = hostWith();
    const gateway = gatewayOf(host);
    // One that is under way all the time, so that the others are not alone.
    slow.placeOrder.mockImplementation(() => never);
    void gateway.place("under way", { host: () => slow });
    const replies = Promise.all(["a", "b", "c", "d"].map((name) => gateway.place(name)));
    await vi.advanceTimersByTimeAsync(0);
    await replies;
    expect(callsOf(host).batches).toHaveLength(1);
    expect(await joinedLater(gateway, host, laterMs)).toBe(joins);
  });

  test("a batch whose leader is gone is joined for 100 ms only: who comes later leads another one", async () => {
    let turns = 0;
    const host = hostWith();
    const { place } = gatewayOf(host, { turn: () => (turns++ === 0 ? never : Promise.resolve()) });
    const first = Promise.all(["a", "b", "c"].map((name) => place(name)));
    await vi.advanceTimersByTimeAsync(99);
    // Nobody else is under way any more but those who wait.
    const late = place("d");
    await vi.advanceTimersByTimeAsync(1);
    const next = Promise.all(["e", "f"].map((name) => place(name)));
    await vi.advanceTimersByTimeAsync(20);
    await next;
    expect(callsOf(host)).toEqual({ alone: ["a"], batches: [["e", "f"]] });
    await vi.advanceTimersByTimeAsync(2_100);
    await Promise.all([first, late]);
    expect(callsOf(host).alone).toEqual(["a", "b", "c", "d"]);
  });

  test("a request whose life was cut off does not count as under way for ever", async () => {
    const host = hostWith({ placeOrder: (command) => (command.name === "cut off" ? never : Promise.resolve(replyTo(command))) });
    const { place } = gatewayOf(host);
    void place("cut off");
    await vi.advanceTimersByTimeAsync(11_000);
    await place("a");
    expect(vi.getTimerCount()).toBe(0);
    expect(callsOf(host)).toEqual({ alone: ["cut off", "a"], batches: [] });
  });
});
