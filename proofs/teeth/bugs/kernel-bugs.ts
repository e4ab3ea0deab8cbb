/** Bugs in what all actors share: the alarm, the outbox. */
import type { SeededBug } from "../seeded-bug.ts";

const sim = { kind: "sim" } as const;

export const kernelBugs: readonly SeededBug[] = [
  {
    name: "alarm-not-armed-again",
    breaks: "After one try by the alarm nothing wakes an order any more.",
    file: "durable-objects/kernel/alarm-scheduler.ts",
    find: "isOver = true;\n    try {\n      this.#rearm();",
    replace: "isOver = true;\n    try {",
    caughtBy: sim,
  },
  {
    name: "alarm-armed-after-the-transaction",
    breaks: "An order that was accepted right before a crash sleeps for ever.",
    file: "durable-objects/kernel/alarm-scheduler.ts",
    find: "return storage.transactionSync(() => {\n      const { result, dueAtMs } = write();\n      if (dueAtMs < Infinity) alarms.arm(dueAtMs);\n      return result;\n    });",
    replace:
      "const { result, dueAtMs } = storage.transactionSync(write);\n    if (dueAtMs < Infinity) alarms.arm(dueAtMs);\n    return result;",
    caughtBy: { kind: "pairs" },
  },
  {
    name: "alarm-of-a-rolled-back-commit-believed",
    breaks: "The next order's alarm is taken for set, and was rolled back with a commit that storage refused.",
    file: "durable-objects/kernel/alarm-scheduler.ts",
    find: "alarms.forget();",
    replace: "",
    caughtBy: { kind: "workerd", file: "durable-objects/order/actor.workerd.test.ts" },
  },
  {
    name: "lost-alarm-not-restored",
    breaks: "An order whose alarm the platform has given up sleeps on though its actor is loaded.",
    file: "durable-objects/kernel/alarm-scheduler.ts",
    find: "this.#armedAtMs = alarmAtMs !== null && alarmAtMs > Date.now() ? alarmAtMs : null;\n    this.#rearm();",
    replace: "this.#armedAtMs = alarmAtMs;",
    caughtBy: { kind: "workerd", file: "durable-objects/order/actor.workerd.test.ts" },
  },
  {
    name: "done-when-the-broker-has-it",
    breaks: "What the broker then loses nobody is ever told.",
    file: "durable-objects/kernel/queue-destination.ts",
    find: "return [];\n    },",
    replace: "return rows.map(({ id }) => id);\n    },",
    caughtBy: sim,
  },
  {
    name: "told-before-the-commit",
    breaks: "The world is told of what is then rolled back.",
    file: "durable-objects/order/commit-order.ts",
    find: "const rows = tables.outbox.enqueue(entries, nowMs);",
    replace: "const rows = tables.outbox.enqueue(entries, nowMs);\n  tables.outbox.committed(rows);\n  tables.outbox.sendReady();",
    caughtBy: sim,
  },
  {
    name: "one-consumer-speaks-for-all",
    breaks: "Postgres has the order, so the customer is not told.",
    file: "durable-objects/kernel/outbox.ts",
    find: "const others = ~this.#bit(destination);",
    replace: "const others = this.#bit(destination) & 0;",
    caughtBy: sim,
  },
  {
    name: "outbox-gives-up",
    breaks: "What could not be delivered at the second sending is never delivered.",
    file: "durable-objects/kernel/outbox.ts",
    find: 'this.#sql.exec("UPDATE outbox SET attempts = attempts + 1, next_at_ms = ?, waiting_for = ? WHERE id = ?", nextAtMs, waitingFor, id);',
    replace:
      'if (row.attempts > 1) this.#sql.exec("DELETE FROM outbox WHERE id = ?", row.id);\n    else this.#sql.exec("UPDATE outbox SET attempts = attempts + 1, next_at_ms = ?, waiting_for = ? WHERE id = ?", nextAtMs, waitingFor, id);',
    caughtBy: sim,
  },
  {
    name: "resending-waits-for-what-is-lost",
    breaks: "As long as one row that was sent again is not confirmed, no other is sent again.",
    file: "durable-objects/kernel/resend-pace.ts",
    find: "return nowMs < sentAtMs ? nowMs : sentAtMs + pauseMs;",
    replace: "return nowMs < sentAtMs ? nowMs : sentAtMs + (this.#waiting.size > 0 ? 1e12 : pauseMs);",
    caughtBy: sim,
  },
  {
    name: "pace-hears-who-is-no-consumer",
    breaks: "The stock is told, so consumers that are away are sent everything again, as fast as can be.",
    file: "durable-objects/kernel/outbox.ts",
    find: "this.#settle(destination.name, done);",
    replace: "this.confirm(destination.name, done);",
    caughtBy: { kind: "unit", file: "durable-objects/kernel/outbox.test.ts" },
  },
  {
    name: "pace-without-patience",
    breaks: "Consumers that take longer than a second to confirm are sent what they have lost ten rows at a time.",
    file: "durable-objects/kernel/resend-pace.ts",
    find: "return this.#heard > 0 || nowMs - this.#heardAtMs < patienceMs ? rows : Math.max(smallest, Math.floor(rows / 4));",
    replace: "return Math.max(smallest, Math.floor(rows / 4));",
    caughtBy: { kind: "unit", file: "durable-objects/kernel/outbox.test.ts" },
  },
  {
    name: "second-sending-taken-for-the-first",
    breaks: "One row that nobody can use takes those it is sent again with to the dead letters a second time.",
    file: "durable-objects/kernel/outbox.ts",
    find: 'attempts: Number(row["attempts"]) + 1,',
    replace: 'attempts: Number(row["attempts"]),',
    caughtBy: { kind: "unit", file: "durable-objects/kernel/outbox.test.ts" },
  },
  {
    name: "sending-without-deadline",
    breaks: "One sending that never ends holds up every later one.",
    file: "durable-objects/kernel/outbox.ts",
    find: "await this.#deadlines.within(destination.send(mine), { deadlineMs: sendDeadlineMs, what: destination.name });",
    replace: "await destination.send(mine);",
    caughtBy: sim,
  },
];
