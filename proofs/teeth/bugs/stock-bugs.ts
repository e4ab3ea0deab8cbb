/** Bugs in the ledger of a SKU. */
import type { SeededBug } from "../seeded-bug.ts";

const sim = { kind: "sim" } as const;

export const stockBugs: readonly SeededBug[] = [
  {
    name: "release-twice-counted-twice",
    breaks: "Units that another order holds are sold to a third.",
    file: "shared/domain/stock/decide.ts",
    find: 'if (hold.state === "released") return { ok: true, changed: false, levels, hold };',
    replace: "",
    caughtBy: sim,
  },
  {
    name: "reserve-not-idempotent",
    breaks: "A reservation whose answer was lost holds its units twice.",
    file: "shared/domain/stock/decide.ts",
    find: "if (hold !== null) {\n    const same",
    replace: 'if (hold !== null && hold.state === "released") {\n    const same',
    caughtBy: sim,
  },
  {
    name: "no-tombstone",
    breaks: "A reservation that comes after its release holds units for ever.",
    file: "shared/domain/stock/decide.ts",
    find: "return { ok: true, changed: true, levels, hold: tombstone };",
    replace: "return { ok: true, changed: false, levels, hold: tombstone };",
    caughtBy: sim,
  },
  {
    name: "oversold",
    breaks: "More is promised than is there: what is held already is not counted.",
    file: "shared/domain/stock/decide.ts",
    find: "if (availableOf(levels) < quantity)",
    replace: "if (levels.onHand < quantity)",
    caughtBy: sim,
  },
  {
    name: "price-of-the-second-asking",
    breaks: "A reservation that is asked for again answers another price than it was made at.",
    file: "shared/domain/stock/decide.ts",
    find: "return same ? { ok: true, changed: false, levels, hold }",
    replace: "return same ? { ok: true, changed: false, levels, hold: { ...hold, unitPriceMinor: product?.priceMinor ?? 0 } }",
    caughtBy: { kind: "unit", file: "shared/domain/stock/decide.test.ts" },
  },
  {
    name: "return-counted-twice",
    breaks: "Units that came back once can be sold twice.",
    file: "durable-objects/stock/actor.ts",
    find: "const done = this.#store.hasRestock(sku, operationId);",
    replace: "const done = false;",
    caughtBy: sim,
  },
  {
    name: "late-commit-sells-again",
    breaks: "The commit of a sale that was taken back meanwhile sells the units a second time.",
    file: "shared/domain/stock/decide.ts",
    find: 'if (hold.state === "committed") return { ok: true, changed: false, levels, hold };',
    replace: 'if (hold.state === "committed" && hold.returned === 0) return { ok: true, changed: false, levels, hold };',
    caughtBy: sim,
  },
  {
    name: "levels-outside-the-transaction",
    breaks: "A crash leaves units reserved that no hold speaks of.",
    file: "durable-objects/stock/ledger-batch.ts",
    find: "this.#ledgers.set(sku, { ...ledger, levels });",
    replace: "this.#ledgers.set(sku, { ...ledger, levels });\n    this.#store.ledgers.saveLevels([{ sku, levels, raised: 0 }]);",
    caughtBy: sim,
  },
  {
    name: "stock-actor-ends-orders-holds",
    breaks: "An order's hold ends by itself at its deadline, under a charge in flight.",
    file: "durable-objects/stock/schema.ts",
    find: "const endsByItself = \"state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/'\";",
    replace: "const endsByItself = \"state = 'held' AND expires_at_ms IS NOT NULL\";",
    caughtBy: sim,
  },
  {
    name: "batch-decided-on-the-ledger-before-it",
    breaks: "Orders that come as one call do not see each other's holds, and the last unit is promised to each of them.",
    file: "durable-objects/stock/ledger-batch.ts",
    find: "this.#ledgers.set(sku, { ...ledger, levels });",
    replace: "",
    caughtBy: { kind: "workerd", file: "durable-objects/stock/actor.workerd.test.ts" },
  },
];
