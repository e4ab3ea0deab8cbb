import type { V4WorkerOptions } from "miniflare";
import { describe, expect, it } from "vitest";
import { frontBesideConsumers, frontWithConsumers, oneProcess } from "./arrangement.ts";
import { bindsElsewhere, splitFleet } from "./split-fleet.ts";

const modules = { modules: true, script: "" } as const;
const gateway: V4WorkerOptions = {
  ...modules,
  name: "gateway",
  durableObjects: { ORDER: { className: "Order", scriptName: "orders" } },
  serviceBindings: { PAYMENT: { name: "payment", entrypoint: "PaymentService" } },
};
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
const payment: V4WorkerOptions = { ...modules, name: "payment" };
const workers = [gateway, orders, payment];

const names = (arrangement: typeof oneProcess) =>
  splitFleet(workers, arrangement).map(({ roles, workers: there }) => [roles.join(" "), ...there.map(({ name }) => name)]);

describe("splitFleet", () => {
  it("one process runs every Worker as it is", () => {
    expect(splitFleet(workers, oneProcess)).toEqual([{ roles: ["objects", "front", "consumers"], workers }]);
  });

  it("the public Worker is in front, the others with the objects, and who consumes runs a second time", () => {
    expect(names(frontWithConsumers)).toEqual([
      ["objects", "orders", "payment"],
      ["front consumers", "gateway", "orders-consumer"],
    ]);
    expect(names(frontBesideConsumers)).toEqual([
      ["objects", "orders", "payment"],
      ["front", "gateway"],
      ["consumers", "orders-consumer"],
    ]);
  });

  it("with the objects every Worker has all it has, and consumes nothing", () => {
    const [objects] = splitFleet(workers, frontWithConsumers);
    expect(objects?.workers).toEqual([
      { ...orders, queueConsumers: {} },
      { ...payment, queueConsumers: {} },
    ]);
  });

  it("who consumes apart has the queues it consumes, and the services it had", () => {
    const [, , consumers] = splitFleet(workers, frontBesideConsumers);
    const { queueConsumers, serviceBindings, queueProducers } = orders;
    expect(consumers?.workers).toMatchObject([{ name: "orders-consumer", queueConsumers, serviceBindings, queueProducers }]);
  });

  it("its objects are those of the first: its own by that one's name, and no storage of them here", () => {
    const [, , consumers] = splitFleet(workers, frontBesideConsumers);
    expect(consumers?.workers[0]?.durableObjects).toEqual({
      ORDER: { className: "Order", scriptName: "orders" },
      STOCK: { className: "Stock", scriptName: "inventory" },
      OTHER: { className: "Other", scriptName: "orders" },
    });
  });

  it("a public Worker that consumes does so where the consumers are, which may be its own process", () => {
    const greedy = { ...gateway, queueConsumers: { events: {} } };
    const consuming = (arrangement: typeof oneProcess) =>
      splitFleet([greedy, payment], arrangement).map(({ workers: there }) =>
        there.filter(({ queueConsumers = {} }) => "events" in queueConsumers).map(({ name }) => name),
      );
    expect(consuming(frontWithConsumers)).toEqual([[], ["gateway"]]);
    expect(consuming(frontBesideConsumers)).toEqual([[], [], ["gateway-consumer"]]);
  });

  it("what it is given is not changed", () => {
    const before = structuredClone(workers);
    splitFleet(workers, frontBesideConsumers);
    expect(workers).toEqual(before);
  });
});

describe("bindsElsewhere", () => {
  it.each<[boolean, string, readonly V4WorkerOptions[]]>([
    [true, "an object of a Worker that is not here", [{ ...gateway, serviceBindings: {} }]],
    [true, "a service that is not here", [{ ...gateway, durableObjects: {} }, orders]],
    [true, "a service by its bare name", [{ ...payment, serviceBindings: { ORDERS: "orders" } }]],
    [
      false,
      "objects and services that are here",
      workers.filter(({ name }) => name !== "orders").concat({ ...orders, durableObjects: {} }),
    ],
    [false, "objects of its own", [{ ...payment, durableObjects: { OTHER: "Other", MORE: { className: "More" } } }]],
    [false, "what is no Worker", [{ ...payment, serviceBindings: { DISK: { disk: { path: "." } } } }]],
  ])("%s: %s", (elsewhere, _, there) => {
    expect(bindsElsewhere(there)).toBe(elsewhere);
  });
});
