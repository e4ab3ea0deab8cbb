import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../../shared/platform/logger.ts";
import { Deadlines } from "./deadlines.ts";
import { Outbox, outboxTable, type OutboxRow } from "./outbox.ts";

const startMs = 1_000_000;

/** The storage of an object, which outlives it. */
function someSql(): SqlStorage {
  const database = new DatabaseSync(":memory:");
  database.exec(outboxTable);
  const exec = (query: string, ...bindings: SQLInputValue[]) => {
    const rows = database.prepare(query).all(...bindings);
    return { toArray: () => rows, one: () => rows[0] };
  };
  return { exec } as unknown as SqlStorage;
}

interface Circumstances {
  readonly isStockDown?: boolean;
  /** What the queue's broker waits for before it answers. */
  readonly queueStandsStill?: Promise<void>;
  /** Whether a row's body can be made again. */
  readonly isWhole?: (id: string) => boolean;
  readonly onUnreadable?: (destination: string, rows: number) => void;
}

/** An outbox with a queue, which only its consumer is done with, and a stock, which is done with what it is sent. */
function someOutbox(
  sql: SqlStorage,
  { isStockDown = false, queueStandsStill, isWhole = () => true, onUnreadable = () => undefined }: Circumstances = {},
) {
  const sent = { queue: [] as OutboxRow[][], stock: [] as OutboxRow[][] };
  const outbox = new Outbox({
    sql,
    schema: { exists: true },
    deadlines: new Deadlines(),
    logger: createLogger("orders"),
    wholeBody: ({ id, body }) => (isWhole(id) ? body : null),
    onUnreadable,
    destinations: [
      { name: "queue", send: (rows) => (sent.queue.push([...rows]), Promise.resolve(queueStandsStill).then(() => [])) },
      {
        name: "stock",
        needsNoBody: true,
        send: (rows) => (
          sent.stock.push([...rows]),
          isStockDown ? Promise.reject(new Error("down")) : Promise.resolve(rows.map(({ id }) => id))
        ),
      },
    ],
  });
  const add = (ids: readonly string[]): void => {
    const entries = ids.map((id) => ({ id, body: JSON.stringify({ subject: id }), destinations: ["queue", "stock"] }));
    outbox.committed(outbox.enqueue(entries, Date.now()));
    outbox.sendReady();
  };
  /** What the alarm does, every 50 ms. @param onPortion Told of the ids of each portion, as it leaves. */
  const pass = async (ms: number, onPortion: (ids: readonly string[]) => void = () => undefined): Promise<readonly number[]> => {
    const sizes: number[] = [];
    for (const untilMs = Date.now() + ms; Date.now() < untilMs; await vi.advanceTimersByTimeAsync(50)) {
      if ((outbox.nextDueMs() ?? Infinity) > Date.now()) continue;
      const before = sent.queue.length;
      await outbox.runDue(Date.now());
      const ids = sent.queue
        .slice(before)
        .flat()
        .map(({ id }) => id);
      sizes.push(ids.length);
      onPortion(ids);
    }
    return sizes;
  };
  return { outbox, sent, add, pass };
}

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_each, index) => `row ${index}`);

describe("Outbox", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: startMs });
    vi.spyOn(console, "log").mockReturnValue();
    vi.spyOn(console, "warn").mockReturnValue();
    vi.spyOn(console, "error").mockReturnValue();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("sends what nobody has confirmed again, as a second sending, and what was confirmed no more", async () => {
    const { outbox, sent, add, pass } = someOutbox(someSql());
    add(["a", "b"]);
    await vi.advanceTimersByTimeAsync(0);
    outbox.confirm("queue", ["a"]);
    expect(await pass(29_900)).toEqual([]);
    await pass(200);
    expect(sent.queue.map((rows) => rows.map(({ id, attempts }) => [id, attempts]))).toEqual([
      [
        ["a", 1],
        ["b", 1],
      ],
      [["b", 2]],
    ]);
    expect(outbox.backlog().rows).toBe(1);
  });

  it.each(Array.from({ length: 12 }, (_each, index) => index))(
    "sends what comes %i microtasks after a sending began, without the alarm",
    async (microtasks) => {
      const { sent, add } = someOutbox(someSql());
      add(["first"]);
      for (let passed = 0; passed < microtasks; passed += 1) await Promise.resolve();
      add(["second"]);
      await vi.advanceTimersByTimeAsync(100);
      expect(sent.queue.flat().map(({ id }) => id)).toEqual(["first", "second"]);
    },
  );

  it("sends at once what comes first, and together what comes within 50 ms of it, unless there is enough for a message", async () => {
    const { sent, add } = someOutbox(someSql());
    const sizes = () => sent.queue.map(({ length }) => length);
    add(["first"]);
    await vi.advanceTimersByTimeAsync(0);
    expect(sizes()).toEqual([1]);
    add(["second"]);
    await vi.advanceTimersByTimeAsync(49);
    add(["third"]);
    expect(sizes()).toEqual([1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sizes()).toEqual([1, 2]);
    add(["fourth"]);
    await vi.advanceTimersByTimeAsync(10);
    add(ids(29));
    await vi.advanceTimersByTimeAsync(0);
    expect(sizes()).toEqual([1, 2, 30]);
    expect(sent.stock.map(({ length }) => length)).toEqual(sizes());
  });

  it("keeps no more than 5,000 rows for a broker that stands still: the alarm sends the others, from the disk", async () => {
    const { promise: queueStandsStill, resolve: goOn } = Promise.withResolvers<undefined>();
    const { outbox, sent, add, pass } = someOutbox(someSql(), { queueStandsStill });
    add(["first"]);
    await vi.advanceTimersByTimeAsync(0);
    for (let batch = 0; batch < 60; batch += 1) add(ids(100).map((id) => `${id} of ${batch}`));
    goOn(undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([sent.queue.flat().length, outbox.backlog().rows]).toEqual([5_001, 6_001]);
    outbox.confirm(
      "queue",
      sent.queue.flat().map(({ id }) => id),
    );
    await vi.advanceTimersByTimeAsync(29_000);
    await pass(5_000, (portion) => outbox.confirm("queue", portion));
    expect(outbox.backlog().rows).toBe(0);
  });

  it("goes on telling the stock while a queue stands still", async () => {
    const { sent, add } = someOutbox(someSql(), { queueStandsStill: new Promise(() => undefined) });
    for (let batch = 0; batch < 10; batch += 1) {
      add(ids(100).map((id) => `${id} of ${batch}`));
      await vi.advanceTimersByTimeAsync(250);
    }
    expect(sent.stock.flat()).toHaveLength(1_000);
  });

  it("lets nobody wait longer when the clock is set back", async () => {
    const { sent, add } = someOutbox(someSql());
    add(["a"]);
    await vi.advanceTimersByTimeAsync(0);
    vi.setSystemTime(0);
    add(["b"]);
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.queue.map((rows) => rows.map(({ id }) => id))).toEqual([["a"], ["b"]]);
  });

  it("sends again in growing portions while consumers confirm, though they take longer than a second", async () => {
    const { outbox, add, pass } = someOutbox(someSql());
    add(ids(1_500));
    await pass(30_000);
    const sizes = await pass(10_000, (portion) => void setTimeout(() => outbox.confirm("queue", portion), 1_075));
    expect(sizes.slice(0, 5)).toEqual([100, 100, 200, 400, 500]);
    expect(outbox.backlog().rows).toBe(0);
  });

  it("sends ever less again while no consumer confirms, though the stock is done with all of it", async () => {
    const sql = someSql();
    const before = someOutbox(sql, { isStockDown: true });
    before.add(ids(1_000));
    await vi.advanceTimersByTimeAsync(30_000);
    const { sent, pass } = someOutbox(sql);
    expect(await pass(9_000)).toEqual([100, 100, 100, 100, 100, 25, 10, 10, 10]);
    expect(sent.stock.flat()).toHaveLength(555);
  });

  it("goes on sending what one consumer confirms, though another destination is down", async () => {
    const { outbox, add, pass } = someOutbox(someSql(), { isStockDown: true });
    add(ids(1_000));
    await pass(30_000);
    expect(await pass(4_000, (portion) => outbox.confirm("queue", portion))).toEqual([100, 200, 400, 300]);
    expect(outbox.backlog().rows).toBe(1_000);
  });

  it("sends a row whose body cannot be made again only where nobody reads it, and no other is held up by it", async () => {
    const sql = someSql();
    someOutbox(sql, { isStockDown: true }).add(["a", "b"]);
    await vi.advanceTimersByTimeAsync(30_000);
    const { outbox, sent, pass } = someOutbox(sql, { isWhole: (id) => id !== "a" });
    await pass(100);
    expect(sent.queue.flat().map(({ id }) => id)).toEqual(["b"]);
    expect(sent.stock.flat().map(({ id }) => id)).toEqual(["a", "b"]);
    outbox.confirm("queue", ["b"]);
    expect(outbox.subjects()).toEqual(new Set(["a"]));
  });

  it("keeps a row that is no JSON back, and counts it: no other row, no change of its order and no audit is held up by it", async () => {
    const sql = someSql();
    someOutbox(sql, { isStockDown: true }).add(["a", "b"]);
    sql.exec("UPDATE outbox SET body = ? WHERE id = 'a'", '{"subject":');
    await vi.advanceTimersByTimeAsync(30_000);
    const unreadable: unknown[] = [];
    const { outbox, sent, pass } = someOutbox(sql, { onUnreadable: (...counted) => unreadable.push(counted) });
    await pass(100);
    expect(sent.queue.flat().map(({ id }) => id)).toEqual(["b"]);
    expect(unreadable).toEqual([["queue", 1]]);
    outbox.writeOut("a");
    outbox.confirm("queue", ["b"]);
    expect(outbox.subjects()).toEqual(new Set());
    expect(outbox.backlog().rows).toBe(1);
  });
});
