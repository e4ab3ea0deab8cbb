/** Bugs in the joining of orders that requests place at one moment: the gateway's side, and the order actor's. */
import type { SeededBug } from "../seeded-bug.ts";

const sim = { kind: "sim" } as const;
const joining = {
  file: "workers/gateway/joined-orders.ts",
  caughtBy: { kind: "unit", file: "workers/gateway/joined-orders.test.ts" },
} as const;
const answering = {
  file: "durable-objects/order/answer-together.ts",
  caughtBy: { kind: "unit", file: "durable-objects/order/answer-together.test.ts" },
} as const;

export const joinedBugs: readonly SeededBug[] = [
  {
    name: "joined-replies-shifted",
    breaks: "A customer is shown the next customer's order.",
    file: joining.file,
    find: "reply: replies[index] ?? null",
    replace: "reply: replies[index + 1] ?? null",
    caughtBy: sim,
  },
  {
    name: "asked-again-is-a-replay",
    breaks: "An order that was slow is called a replay, or with DUPLICATE_POLICY=reject refused, to the customer who placed it.",
    file: "durable-objects/order/saga-host.ts",
    find: "const replayed = askedAgain !== true || requestId !== context.requestId;",
    replace: "const replayed = true;",
    caughtBy: sim,
  },
  {
    name: "asked-again-is-never-a-replay",
    breaks: "Of two requests with one key both are told that they have placed the order.",
    file: "durable-objects/order/saga-host.ts",
    find: "const replayed = askedAgain !== true || requestId !== context.requestId;",
    replace: "const replayed = askedAgain !== true;",
    caughtBy: sim,
  },
  {
    name: "any-id-is-its-own",
    breaks: "A client that sends its request a second time under the same id is told that it has placed another order.",
    file: joining.file,
    find: "(reply === begun || request.hasIdOfItsOwn)",
    replace: "true",
    caughtBy: sim,
  },
  {
    name: "follower-relies-on-its-leader",
    breaks: "When the client whose request leads hangs up, everybody who went with it hears nothing until the deadline.",
    ...joining,
    find: 'const timer = setTimeout(() => resolve({ kind: "lost" }), this.#answerWithinMs);',
    replace: "const timer = undefined;",
  },
  {
    name: "batch-never-closed",
    breaks: "Orders are added to a call that has been made, and are all asked for twice.",
    ...joining,
    find: "if (this.#open === batch) this.#open = null;",
    replace: "",
  },
  {
    name: "leader-not-kept-alive",
    breaks: "When the client whose request leads hangs up, the call of all who went with it is dropped.",
    ...joining,
    find: "leader.keepAlive(this.#lead(batch, leader));",
    replace: "void this.#lead(batch, leader);",
  },
  {
    name: "asks-again-with-all-its-time",
    breaks: "A slow order is answered 503 by the deadline, and not 202.",
    ...joining,
    find: "command.waitMs - (Date.now() - nowMs)",
    replace: "command.waitMs",
  },
  {
    name: "asks-again-all-at-once",
    breaks: "An object that is slow, or comes back, is met by every order that waited for it in the same moment.",
    ...joining,
    find: "if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));",
    replace: "",
  },
  {
    name: "joins-whatever-comes-of-it",
    breaks: "With a slow provider every order is two calls.",
    ...joining,
    find: "this.#aloneUntilMs = Date.now() + pauseMs;",
    replace: "",
  },
  {
    name: "one-order-fails-its-neighbours",
    breaks: "An order that cannot be written takes the answers of all with it that came at the same moment.",
    ...answering,
    find: "// Asked alone, it is told by its own call what is wrong.",
    replace: 'throw new Error("a joined order failed");',
  },
  {
    name: "slow-card-keeps-neighbours-waiting",
    breaks: "Every customer waits for the slowest card of those who ordered at the same moment.",
    ...answering,
    find: "await deadlines.waitFor(all, limits.joinedPatienceMs);",
    replace: "await all;",
  },
];
