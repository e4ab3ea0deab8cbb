/** Bugs in the Workers around the actors: consumers, projection, notifications, the gateway. */
import type { SeededBug } from "../seeded-bug.ts";

export const workerBugs: readonly SeededBug[] = [
  {
    name: "acknowledged-before-it-is-written",
    breaks: "An event whose projection then fails is lost to Postgres for ever.",
    file: "workers/orders/project-order-events.ts",
    find: "const written = await write(readable, { ...dependencies, queue: batch.queue });\n    await announce(\n      written.map(({ event }) => event),\n      dependencies,\n    );",
    replace:
      "await announce(\n      readable.map(({ event }) => event),\n      dependencies,\n    );\n    const written = await write(readable, { ...dependencies, queue: batch.queue });",
    caughtBy: { kind: "unit", file: "workers/orders/project-order-events.test.ts" },
  },
  {
    name: "projector-without-version-guard",
    breaks: "A late event turns an order in Postgres back to what it was before.",
    file: "shared/db/array-rows.ts",
    find: "`excluded.${version} > stored.${version}`",
    replace: "`excluded.${version} <> stored.${version}`",
    caughtBy: { kind: "unit", file: "shared/db/project-events.test.ts" },
  },
  {
    name: "notified-twice",
    breaks: "A message that is delivered twice tells the customer twice.",
    file: "workers/notifications/log-provider.ts",
    find: "({ id }) => recorded.delete(id)",
    replace: "() => true",
    caughtBy: { kind: "unit", file: "workers/notifications/send-notifications.test.ts" },
  },
  {
    name: "actor-told-of-a-notification-that-was-not-sent",
    breaks: "A notification that the provider did not take is never tried again.",
    file: "workers/notifications/send-notifications.ts",
    find: "const events = done.map(",
    replace: "const events = readable.map(",
    caughtBy: { kind: "unit", file: "workers/notifications/send-notifications.test.ts" },
  },
  {
    name: "gateway-keeps-a-202",
    breaks: "A refund that was still under way answers 202 for ever.",
    file: "workers/gateway/idempotently.ts",
    find: "=> status !== 202;",
    replace: "=> status !== 0;",
    caughtBy: { kind: "unit", file: "workers/gateway/idempotently.test.ts" },
  },
  {
    name: "gateway-keeps-a-5xx",
    breaks: "A request that failed once by an outage fails for ever under its key.",
    file: "workers/gateway/idempotently.ts",
    find: "error.status >= 500 || passing.has",
    replace: "passing.has",
    caughtBy: { kind: "unit", file: "workers/gateway/idempotently.test.ts" },
  },
];
