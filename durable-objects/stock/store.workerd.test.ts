import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ActorSchema } from "../kernel/schema.ts";
import type { Hold } from "../../shared/domain/stock/ledger.ts";
import type { StockActor } from "./actor.ts";
import { stockSchema } from "./schema.ts";
import { isTaken, StockStore } from "./store.ts";

const skus = ["A", "B", "A/1"];
const keys = ["order/1", "order/2", "operator/1"];
const place = { sku: fc.constantFrom(...skus), key: fc.constantFrom(...keys) };
const units = fc.nat({ max: 9 });
const command = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), ...place, units }),
  fc.record({ kind: fc.constant("levels" as const), ...place, units }),
  fc.record({ kind: fc.constantFrom("shards", "lent", "surrendered"), ...place, units }),
  fc.record({ kind: fc.constantFrom("add", "sell", "give back", "read"), ...place, units }),
);
const transactions = fc.array(fc.record({ commands: fc.array(command, { maxLength: 6 }), isRolledBack: fc.boolean() }), { maxLength: 8 });
type Command = typeof command extends fc.Arbitrary<infer Kind> ? Kind : never;

const held = (quantity: number): Hold => ({
  ...{ quantity, state: "held", returned: 0, expiresAtMs: null },
  ...{ name: "A product", unitPriceMinor: 500, currency: "EUR" },
});

function perform(store: StockStore, { kind, sku, key, units }: Command): void {
  const { ledgers } = store;
  const hold = store.hold(sku, key);
  if (kind === "put")
    ledgers.saveProduct({ sku, name: `N${units}`, priceMinor: units, currency: "EUR", version: units + 1, updatedAtMs: 1 });
  if (kind === "levels") ledgers.saveLevels([{ sku, levels: { onHand: units, reserved: 0, sold: 1, received: units + 1 }, raised: units }]);
  if (kind === "shards") ledgers.saveShards(sku, units + 1);
  if (kind === "lent") ledgers.saveLent(sku, units);
  if (kind === "surrendered") ledgers.saveSurrendered(sku, units);
  if (kind === "add" && hold === null) store.addHold({ sku, key, hold: held(units) }, 1);
  if (kind === "sell" && hold !== null) store.saveHolds([{ sku, key, hold: { ...hold, state: "committed" } }], 2);
  if (kind === "give back" && hold !== null) store.saveHolds([{ sku, key, hold: { ...hold, returned: hold.quantity } }], 3);
  ledgers.read(sku);
}

const seenBy = (store: StockStore) => skus.map((sku) => [store.ledgers.read(sku), ...keys.map((key) => store.hold(sku, key))]);

/** On the storage of an object that nobody calls. */
const onStorage = (name: string, work: (storage: DurableObjectStorage) => void) =>
  runInDurableObject(env.STOCK_ACTOR.get(env.STOCK_ACTOR.idFromName(name)), (_actor: StockActor, { storage }) => {
    new ActorSchema(storage, stockSchema).ensure();
    work(storage);
  });

it("StockStore: what is remembered is what is stored, whatever was written and taken back", async () => {
  await onStorage("remembered", (storage) => {
    fc.assert(
      fc.property(transactions, (all) => {
        for (const table of ["ledgers", "holds"]) storage.sql.exec(`DELETE FROM ${table}`);
        const store = new StockStore(storage);
        for (const { commands, isRolledBack } of all) {
          const write = (): void => {
            for (const one of commands) perform(store, one);
            if (isRolledBack) throw new Error("taken back");
          };
          if (isRolledBack) expect(() => store.transactionSync(write)).toThrow("taken back");
          else store.transactionSync(write);
          expect(seenBy(store)).toEqual(seenBy(new StockStore(storage)));
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

it("StockStore.totals: what the holds add up to, however they were changed, and whatever was taken back", async () => {
  await onStorage("totals", (storage) => {
    fc.assert(
      fc.property(transactions, (all) => {
        for (const table of ["holds", "ledgers"]) storage.sql.exec(`DELETE FROM ${table}`);
        const store = new StockStore(storage);
        for (const sku of skus) perform(store, { kind: "put", sku, key: "", units: 1 });
        for (const { commands, isRolledBack } of all) {
          const write = (): void => {
            for (const one of commands) perform(store, one);
            // By hand, past all code.
            storage.sql.exec("UPDATE holds SET quantity = quantity + 1, state = 'held' WHERE sku = 'B' AND quantity = 3");
            storage.sql.exec("UPDATE holds SET state = 'released' WHERE sku = 'B' AND quantity = 4");
            storage.sql.exec("DELETE FROM holds WHERE quantity = 5");
            if (isRolledBack) throw new Error("taken back");
          };
          if (isRolledBack) expect(() => store.transactionSync(write)).toThrow("taken back");
          else store.transactionSync(write);
          expect(skus.map((sku) => store.totals(sku))).toEqual(skus.map((sku) => Object.assign(addedUp(storage, sku), { received: 0 })));
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

function addedUp({ sql }: DurableObjectStorage, sku: string): object {
  return sql
    .exec(
      `SELECT ifnull(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
         ifnull(sum(quantity - returned) FILTER (WHERE state = 'committed'), 0) AS sold FROM holds WHERE sku = ?`,
      sku,
    )
    .one();
}

it("StockStore.addHold: a name that is taken is told from anything else that can go wrong", async () => {
  await onStorage("taken", (storage) => {
    const store = new StockStore(storage);
    const failure = (hold: Hold): unknown => {
      try {
        store.transactionSync(() => store.addHold({ sku: "A", key: "order/1", hold }, 1));
      } catch (error) {
        return error;
      }
      return null;
    };
    expect([failure(held(1)), isTaken(failure(held(2))), isTaken(failure({ ...held(1), returned: 2 }))]).toEqual([null, true, false]);
    expect(store.hold("A", "order/1")).toEqual(held(1));
  });
});
