/** Bugs in the protocol between the root of a split SKU and its shards. */
import type { SeededBug } from "../seeded-bug.ts";

const sim = { kind: "sim" } as const;

export const shardBugs: readonly SeededBug[] = [
  {
    name: "credited-by-message",
    breaks: "A message of the root that comes twice gives a shard its units twice, and they are sold twice.",
    file: "shared/domain/stock/shards/decide-transfer.ts",
    find: "const units = Math.max(0, lent - ledger.position.received);",
    replace: "const units = lent;",
    caughtBy: sim,
  },
  {
    name: "refused-after-one-collect",
    breaks: "Units that move while the shards are being asked are seen by nobody, and an order is refused though they are there.",
    file: "shared/domain/stock/shards/round.ts",
    find: "if (found === null) return null;",
    replace: 'if (found === null) return { kind: "collected", left: 0, atMost: 0 };',
    caughtBy: { kind: "unit", file: "proofs/shards/protocol.test.ts" },
  },
  {
    name: "moves-between-collects-not-counted",
    breaks: "A unit that was released and held again between two collects counts as never there, and an order is refused.",
    file: "shared/domain/stock/shards/round.ts",
    find: "return raised - before;",
    replace: "return 0 * (raised - before);",
    caughtBy: { kind: "unit", file: "shared/domain/stock/shards/round.test.ts" },
  },
  {
    name: "refused-though-a-shard-was-silent",
    breaks: "An order is refused for units that stand at a shard which only did not answer.",
    file: "shared/domain/stock/shards/round.ts",
    find: 'if (missing > 0) return close(regained, round, { kind: "unreachable" });',
    replace: "if (missing > 0) return close(regained, round, collectedAt(regained));",
    caughtBy: sim,
  },
  {
    name: "shard-forgotten-by-a-restart",
    breaks: "An order that is taken up again asks another shard for its hold, and the units at the first are held for ever.",
    file: "shared/domain/order/state.ts",
    find: "({ ...{ shard: 0, fulfilled: 0, returned: 0 }, ...line })",
    replace: "({ ...{ fulfilled: 0, returned: 0 }, ...line, shard: 0 })",
    caughtBy: sim,
  },
  {
    name: "price-acknowledged-before-the-shards-know",
    breaks: "After a price was changed and the change acknowledged, shards go on selling at the old one.",
    file: "durable-objects/stock/split-upkeep.ts",
    find: "if (!this.#isBehind(sku)) return;",
    replace: "if (!this.#isBehind(sku)) return;\n    if (Date.now() >= 0) return;",
    caughtBy: sim,
  },
];
