import type { V4WorkerOptions } from "miniflare";
import { describe, expect, it } from "vitest";
import { splitFleet } from "./split-fleet.ts";

const modules = { modules: true, script: "" } as const;
const gateway: V4WorkerOptions = { ...modules, name: "gateway", durableObjects: { ORDER: { className: "Order", scriptName: "orders" } } };
const orders: V4WorkerOptions = {
  ...modules,
  name: "orders",
  durableObjects: {
    ORDER: { className: "Order", useSQLite: true },
    STOCK: { className: "Stock", scriptName: "inventory" },
    OTHER: "Other",
  },
  serviceBindings: { PAYMENT: { name: "payment", entrypoint: "PaymentService" } },
  queueProducers: { EVENTS: { queueName: "events" } },
  queueConsumers: { events: { maxBatchSize: 100, deadLetterQueue: "events-dlq" } },
};

describe("splitFleet", () => {
  it("every Worker serves, in its place and with all it has, and consumes nothing there", () => {
    const { serving } = splitFleet([gateway, orders]);
    expect(serving).toEqual([
      { ...gateway, queueConsumers: {} },
      { ...orders, queueConsumers: {} },
    ]);
  });

  it("who consumes runs a second time under another name, with the queues it consumes and the services it had", () => {
    const { consuming } = splitFleet([gateway, orders]);
    const { queueConsumers, serviceBindings, queueProducers } = orders;
    expect(consuming).toMatchObject([{ name: "orders-consumer", queueConsumers, serviceBindings, queueProducers }]);
  });

  it("its objects are those of the Worker that serves: its own by that one's name, and no storage of them here", () => {
    const { consuming } = splitFleet([gateway, orders]);
    expect(consuming[0]?.durableObjects).toEqual({
      ORDER: { className: "Order", scriptName: "orders" },
      STOCK: { className: "Stock", scriptName: "inventory" },
      OTHER: { className: "Other", scriptName: "orders" },
    });
  });

  it("without a consumer nothing is split", () => {
    expect(splitFleet([gateway])).toEqual({ serving: [gateway], consuming: [] });
  });

  it("what it is given is not changed", () => {
    const before = structuredClone(orders);
    splitFleet([gateway, orders]);
    expect(orders).toEqual(before);
  });
});
