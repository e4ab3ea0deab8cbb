import { beforeEach, describe, expect, test, vi } from "vitest";
import { drawAmong, rule } from "../../shared/chaos/testing/gremlins.ts";
import type { GremlinRule } from "../../shared/contracts/chaos.ts";
import { OrderChaos } from "./order-chaos.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
});

const one = "ord_00000000000000000000000000000001";
const other = "ord_00000000000000000000000000000002";
const work = { requestId: "request-1", correlationId: "journey-1" };

/** Neighbours that note what arrives. */
function neighboursOf() {
  const arrived: string[] = [];
  const note = (what: string) => (): Promise<string> => {
    arrived.push(what);
    return Promise.resolve(what);
  };
  const queue = (name: string) => ({
    sendBatch: (messages: Iterable<MessageSendRequest>) => {
      arrived.push(`${name} ${[...messages].length}`);
      return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
    },
  });
  const neighbours = {
    stock: (sku: string) => ({
      reserve: (_command: { reservationId: string }) => note(`reserve ${sku}`)(),
      commit: (_command: { reservationId: string }) => note(`commit ${sku}`)(),
      auditStock: note("audit"),
    }),
    payment: { charge: (_command: { orderId: string }) => note("charge")(), lookUp: (_command: { orderId: string }) => note("lookUp")() },
    events: queue("events"),
    notifications: queue("notifications"),
  };
  return { arrived, neighbours };
}

function orderChaos(...rules: readonly GremlinRule[]) {
  const { arrived, neighbours } = neighboursOf();
  const wait = (ms: number): Promise<void> => {
    nowMs += ms;
    return Promise.resolve();
  };
  const { draw, calls } = drawAmong(...rules);
  const chaos = new OrderChaos(draw, { service: "orders", now: () => nowMs, wait });
  return { chaos, ports: chaos.around(neighbours), arrived, calls };
}

const command = (...gremlins: readonly GremlinRule[]) => ({ orderId: one, command: { name: "x", context: { ...work, gremlins } } });
const eventOf = (subject: string) => ({ body: { subject } });

describe("OrderChaos.around", () => {
  test("every neighbour's calls are met, by their operations and for their order", async () => {
    const { ports, calls } = orderChaos();
    await ports.stock("A").reserve({ reservationId: `${one}:1` });
    await ports.stock("A").commit({ reservationId: `${one}:1` });
    await ports.payment.charge({ orderId: one });
    await ports.payment.lookUp({ orderId: one });
    await ports.events.sendBatch([eventOf(one)]);
    await ports.notifications.sendBatch([eventOf(one)]);
    await ports.stock("A").auditStock();
    expect(calls.map(({ service, operation, orderId }) => [service, operation, orderId])).toEqual([
      ["inventory", "reserve", one],
      ["inventory", "sale", one],
      ["payment", "charge", one],
      ["payment", "look_up", one],
      ["queues", "order-events", undefined],
      ["queues", "notifications", undefined],
    ]);
  });

  test("the deployment's gremlins strike every order", async () => {
    const { ports, arrived } = orderChaos(rule({ service: "inventory", kind: "drop-reply" }));
    for (const id of [one, other]) await expect(ports.stock("A").reserve({ reservationId: `${id}:1` })).rejects.toThrow("A gremlin");
    expect(arrived).toEqual(["reserve A", "reserve A"]);
  });
});

describe("OrderChaos.carry", () => {
  test("a request's gremlins strike its order alone, and end with its answer", async () => {
    const { chaos, ports, arrived } = orderChaos();
    await chaos.carry(command(rule()), async () => {
      await expect(ports.payment.charge({ orderId: one })).rejects.toThrow("A gremlin");
      expect(await ports.payment.charge({ orderId: other })).toBe("charge");
    });
    expect(await ports.payment.charge({ orderId: one })).toBe("charge");
    expect(arrived).toHaveLength(2);
  });

  test("they end when the work fails, too", async () => {
    const { chaos, ports } = orderChaos();
    await expect(chaos.carry(command(rule()), () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await ports.payment.charge({ orderId: one })).toBe("charge");
  });

  test("they join the deployment's: delays add up, and their effect comes first", async () => {
    const { chaos, ports, arrived } = orderChaos(rule({ kind: "latency", delayMs: 300 }), rule({ kind: "error" }));
    const own = command(rule({ kind: "latency", delayMs: 200 }), rule({ kind: "drop-reply" }));
    await chaos.carry(own, () => expect(ports.payment.charge({ orderId: one })).rejects.toThrow("its answer lost"));
    expect([arrived, nowMs]).toEqual([["charge"], 500]);
  });

  test("the command that is run knows nothing of them: they are never kept", async () => {
    const { chaos } = orderChaos();
    expect(await chaos.carry(command(rule()), (plain) => Promise.resolve(plain))).toEqual({ name: "x", context: work });
  });

  test("each request counts for itself", async () => {
    const { chaos, ports } = orderChaos();
    for (let request = 0; request < 2; request += 1) {
      await chaos.carry(command(rule({ times: 1 })), async () => {
        await expect(ports.payment.charge({ orderId: one })).rejects.toThrow("A gremlin");
        expect(await ports.payment.charge({ orderId: one })).toBe("charge");
      });
    }
  });

  test("gremlins of the queues stay a second longer, for what is sent as the answer leaves", async () => {
    const { chaos, ports, arrived } = orderChaos();
    await chaos.carry(command(rule({ service: "queues", kind: "drop" })), () => Promise.resolve());
    nowMs = 1_000;
    await ports.events.sendBatch([eventOf(one), eventOf(other)]);
    expect(arrived).toEqual(["events 1"]);
    nowMs = 1_001;
    await ports.events.sendBatch([eventOf(one), eventOf(other)]);
    expect(arrived).toEqual(["events 1", "events 2"]);
  });
});
