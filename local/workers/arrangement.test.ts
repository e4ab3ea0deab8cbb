import type { V4WorkerOptions } from "miniflare";
import { describe, expect, it } from "vitest";
import { fittingArrangement, frontBesideConsumers, frontWithConsumers, oneProcess, type Arrangement } from "./arrangement.ts";

const modules = { modules: true, script: "" } as const;
const gateway: V4WorkerOptions = { ...modules, name: "gateway", durableObjects: { ORDER: { className: "Order", scriptName: "orders" } } };
const orders: V4WorkerOptions = { ...modules, name: "orders", queueConsumers: { events: {} } };
const payment: V4WorkerOptions = { ...modules, name: "payment", queueConsumers: {} };

describe("fittingArrangement", () => {
  it.each<[Arrangement]>([[oneProcess], [frontWithConsumers], [frontBesideConsumers]])(
    "Workers for every role get it as it is: %j",
    (arrangement) => {
      expect(fittingArrangement(arrangement, [gateway, orders, payment])).toEqual(arrangement);
    },
  );

  it("without a consumer no process is there for them", () => {
    expect(fittingArrangement(frontBesideConsumers, [gateway, payment])).toEqual([["objects"], ["front"]]);
    expect(fittingArrangement(frontWithConsumers, [gateway, payment])).toEqual([["objects"], ["front"]]);
  });

  it("a Worker that is alone is one process, and a second one when it consumes", () => {
    expect(fittingArrangement(frontWithConsumers, [payment])).toEqual([["objects", "front"]]);
    expect(fittingArrangement(frontWithConsumers, [orders])).toEqual([["objects", "front"], ["consumers"]]);
  });

  it.each<[string, Partial<V4WorkerOptions>]>([
    ["objects", { durableObjects: { CART: "Cart" } }],
    ["objects", { durableObjects: { CART: { className: "Cart", useSQLite: true } } }],
    ["a namespace", { kvNamespaces: { CARTS: "carts" } }],
    ["a bucket", { r2Buckets: ["CARTS"] }],
    ["a database", { d1Databases: ["CARTS"] }],
  ])("a public Worker that keeps %s stays where things are kept", (_, kept) => {
    expect(fittingArrangement(frontWithConsumers, [{ ...gateway, ...kept } as V4WorkerOptions, orders])).toEqual([
      ["objects", "front"],
      ["consumers"],
    ]);
  });

  it("a role that is in no process is an error, not a Worker that is nowhere", () => {
    expect(() => fittingArrangement([["objects"], ["front"]], [gateway, orders])).toThrow("there for: consumers");
  });

  it.each<[Arrangement]>([[[["objects"], ["front", "objects"], ["consumers"]]], [[["objects", "front", "consumers", "objects"]]]])(
    "a role that is there twice is an error, not Workers that run twice: %j",
    (arrangement) => {
      expect(() => fittingArrangement(arrangement, [gateway, orders])).toThrow("More than one process of the fleet is there for: objects");
    },
  );
});
