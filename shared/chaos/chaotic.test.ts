import { neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { GremlinRule } from "../contracts/chaos.ts";
import { checkDatabase, createDatabase } from "../db/client.ts";
import { createChaos } from "./chaos.ts";
import { chaoticApi } from "./chaotic-api.ts";
import { chaoticCache } from "./chaotic-cache.ts";
import { chaoticFetch } from "./chaotic-fetch.ts";
import { chaoticQueue } from "./chaotic-queue.ts";
import { drawAmong, rule } from "./testing/gremlins.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
const chaosAmong = (...rules: readonly GremlinRule[]) => createChaos(drawAmong(...rules).draw, { service: "orders" });

describe("chaoticApi", () => {
  test("the methods named are met as their operations, with the order they are for; no other is", async () => {
    const { draw, calls } = drawAmong(rule({ operation: "look_up" }));
    const api = {
      answer: 42,
      charge: (command: { orderId: string }) => Promise.resolve(`charged ${command.orderId}`),
      lookUp: (command: { orderId: string }) => Promise.resolve(`found ${command.orderId}`),
      health: () => Promise.resolve("up"),
    };
    const chaotic = chaoticApi(api, {
      chaos: createChaos(draw, { service: "orders" }),
      service: "payment",
      operations: { charge: "charge", lookUp: "look_up" },
      orderIdOf: (command) => (command as { orderId: string }).orderId,
    });
    expect([await chaotic.charge({ orderId: "ord_1" }), await chaotic.health(), chaotic.answer]).toEqual(["charged ord_1", "up", 42]);
    await expect(chaotic.lookUp({ orderId: "ord_2" })).rejects.toThrow("A gremlin");
    expect(calls).toEqual([
      { service: "payment", operation: "charge", orderId: "ord_1" },
      { service: "payment", operation: "look_up", orderId: "ord_2" },
    ]);
  });
});

describe("chaoticQueue", () => {
  const queueOf = () => {
    const sent: unknown[][] = [];
    const sendBatch = (messages: Iterable<MessageSendRequest>) => {
      sent.push([...messages].map(({ body }) => body));
      return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
    };
    return { sent, queue: { sendBatch } };
  };
  const two = [{ body: { subject: "a" } }, { body: { subject: "b" } }];
  const bodies = two.map(({ body }) => body);

  test.each([
    ["drop", [], true],
    ["error", [], false],
    ["drop-reply", [bodies], false],
    ["duplicate", [bodies, bodies], true],
  ] as const)("%s", async (kind, arrives, isAccepted) => {
    const { sent, queue } = queueOf();
    const chaotic = chaoticQueue(queue, { chaos: chaosAmong(rule({ kind, service: "queues" })), name: "order-events" });
    const outcome = await chaotic.sendBatch(two).then(
      () => true,
      () => false,
    );
    expect([outcome, sent]).toEqual([isAccepted, arrives]);
  });

  test("messages of an order that has gremlins of its own go alone, the others together", async () => {
    const { sent, queue } = queueOf();
    const { draw, calls } = drawAmong();
    const chaotic = chaoticQueue(queue, {
      chaos: createChaos(draw, { service: "orders" }),
      name: "notifications",
      orderIdOf: (body) => ((body as { subject: string }).subject === "b" ? "b" : undefined),
    });
    await chaotic.sendBatch([...two, { body: { subject: "c" } }]);
    expect(sent).toEqual([[{ subject: "a" }, { subject: "c" }], [{ subject: "b" }]]);
    expect(calls.map(({ orderId }) => orderId)).toEqual([undefined, "b"]);
  });

  test("a message of several events goes event by event when one of them is of such an order, and else as it is", async () => {
    const { sent, queue } = queueOf();
    const [a, b, c] = ["a", "b", "c"].map((subject) => JSON.stringify({ subject }));
    const chaotic = chaoticQueue(queue, {
      chaos: chaosAmong(),
      name: "notifications",
      orderIdOf: (event) => ((event as { subject: string }).subject === "b" ? "b" : undefined),
    });
    await chaotic.sendBatch([{ body: `[${a},${b}]` }, { body: `[${a},${c}]` }]);
    expect(sent).toEqual([[a, `[${a},${c}]`], [b]]);
  });
});

describe("chaoticCache", () => {
  const commands = { get: vi.fn(() => Promise.resolve("found")), set: vi.fn(() => Promise.resolve("OK")) };

  test("reads and writes are operations", async () => {
    const cache = chaoticCache(commands, { chaos: chaosAmong(rule({ service: "cache", operation: "write" })), timeoutMs: 150 });
    expect(await cache.get()).toBe("found");
    await expect(cache.set()).rejects.toThrow("A gremlin");
  });

  test("a command that a gremlin keeps ends at its time", async () => {
    const chaos = chaosAmong(rule({ service: "cache", kind: "timeout" }));
    await expect(chaoticCache(commands, { chaos, timeoutMs: 1 }).get()).rejects.toThrow("the cache did not answer in 1 ms");
  });
});

describe("a database with chaos", () => {
  const selectOne = { command: "SELECT", rowCount: 1, rows: [["1"]], fields: [{ name: "one", dataTypeID: 23 }] };
  const fetched = vi.fn(() => Promise.resolve(Response.json(selectOne)));
  const database = (...rules: readonly GremlinRule[]) => {
    neonConfig.fetchFunction = chaoticFetch(fetched);
    const chaos = rules.length === 0 ? undefined : chaosAmong(...rules);
    return createDatabase({ databaseUrl: "postgres://user:password@chaos.test/database", queryTimeoutMs: 5, chaos });
  };
  afterEach(() => {
    neonConfig.fetchFunction = undefined;
    fetched.mockClear();
  });

  test.each([
    ["error", 0, "down"],
    ["timeout", 0, "down"],
    ["drop-reply", 1, "down"],
    ["duplicate", 2, "up"],
  ] as const)("%s: %i queries arrive and it is %s", async (kind, queries, status) => {
    expect(await checkDatabase(database(rule({ kind, service: "database" })))).toMatchObject({ status });
    expect(fetched).toHaveBeenCalledTimes(queries);
  });

  test("a latency beyond the query's time is its end", async () => {
    const db = database(rule({ kind: "latency", service: "database", delayMs: 60_000 }));
    await expect(db.execute(sql`select 1`)).rejects.toThrow();
    expect(fetched).not.toHaveBeenCalled();
  });

  test("is a client of its own: the others of the isolate are not touched", async () => {
    database(rule({ service: "database" }));
    expect(await checkDatabase(database())).toMatchObject({ status: "up" });
  });
});
