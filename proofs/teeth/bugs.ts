/** Every seeded bug. */
import { joinedBugs } from "./bugs/joined-bugs.ts";
import { kernelBugs } from "./bugs/kernel-bugs.ts";
import { orderBugs } from "./bugs/order-bugs.ts";
import { paymentBugs } from "./bugs/payment-bugs.ts";
import { shardBugs } from "./bugs/shard-bugs.ts";
import { stockBugs } from "./bugs/stock-bugs.ts";
import { workerBugs } from "./bugs/worker-bugs.ts";
import type { SeededBug } from "./seeded-bug.ts";

export const seededBugs: readonly SeededBug[] = [
  ...orderBugs,
  ...paymentBugs,
  ...stockBugs,
  ...shardBugs,
  ...kernelBugs,
  ...joinedBugs,
  ...workerBugs,
];
