/** Runs the journeys in metered clouds and says what each of them cost. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { journeys, loneOrder, Shop, type JourneyName } from "./journeys.ts";
import { auditJob } from "./limits.ts";
import { makeMeteredBundles, type MeteredBundles } from "./metered-bundles.ts";
import { startMeteredCloud, type LoadedObject, type MeteredCloud } from "./metered-cloud.ts";
import { addTallies, onlyMetrics, sumOf, tallySince, withoutMetrics, type Tally } from "./operations.ts";

/** What one order of a kind cost, to its end: every event confirmed, every alarm rung. */
export interface JourneyCount {
  readonly tally: Tally;
  /** Objects that it made. */
  readonly objects: number;
  /** Bytes of those objects' databases, together. */
  readonly objectBytes: number;
}

export interface Counts {
  /** Placement `per-order`, one after the other. */
  readonly journeys: Readonly<Record<JourneyName, JourneyCount>>;
  /** What a sold order cost in metrics when no other shared its flushes: one flush for each piece of work. */
  readonly loneMetrics: Tally;
  /** Bytes of an order's rows in Postgres, without indexes. */
  readonly postgresBytesPerOrder: number;
  /** What `GET /v1/audit` cost for the orders that it went through. */
  readonly audit: { readonly orders: number; readonly tally: Tally };
  /** Placement `pooled`, one host. */
  readonly pooled: PooledCount;
  /** How the consumers are deployed. */
  readonly queues: MeteredBundles["queues"];
}

export interface PooledCount {
  /** One sold order in a host that has others. */
  readonly tally: Tally;
  readonly hostBytesPerOrder: number;
  /** Of the SKU's ledger, in either placement. */
  readonly stockBytesPerOrder: number;
  /** Rows that one look of the audit at an SKU reads: for its sums, however many holds there are, and for each hold of its page. */
  readonly auditLook: { readonly sums: number; readonly hold: number };
}

/** Orders over which the growth of a database is averaged. */
const growthOrders = 200;
/** A flush waits for a second, and so does the store that follows it; on a busy machine for longer. */
const metricsSilenceMs = 2_400;

/** About a quarter of a minute. @throws Error when an order does not end as its kind says, or anything was tried twice. */
export async function countOrders(): Promise<Counts> {
  const buildDir = await mkdtemp(join(tmpdir(), "holdfast-scale-build-"));
  try {
    const bundles = await makeMeteredBundles(buildDir);
    const [perOrder, pooled] = await bothEnded(countPerOrder(bundles), countPooled(bundles));
    return { ...perOrder, pooled, queues: bundles.queues };
  } finally {
    await rm(buildDir, { recursive: true, force: true });
  }
}

/** Neither cloud is left running when the other one fails. */
async function bothEnded<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<readonly [One, Other]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

async function countPerOrder(bundles: MeteredBundles): Promise<Omit<Counts, "pooled" | "queues">> {
  await using metered = await startMeteredCloud(bundles);
  const shop = await openShop(metered);
  const ended = new Map<JourneyName, EndedJourney>();
  for (const { name, run } of journeys) ended.set(name, await runJourney(metered, () => run(shop, () => metered.settle())));
  await metered.silence(metricsSilenceMs);
  const counted = new Map<JourneyName, JourneyCount>();
  for (const [name, journey] of ended) counted.set(name, await ringJourney(metered, journey));
  const loneMetrics = await countLoneMetrics(metered, shop);
  const postgresBytesPerOrder = await rowBytesPerOrder(metered.cloud.databaseUrl);
  const audit = await countAudit(metered, shop);
  return { journeys: Object.fromEntries(counted) as Counts["journeys"], loneMetrics, postgresBytesPerOrder, audit };
}

async function openShop(metered: MeteredCloud): Promise<Shop> {
  const shop = new Shop(metered.cloud);
  await shop.open();
  await metered.settle();
  return shop;
}

/** An order that has settled, and whose alarm has not rung yet. */
interface EndedJourney {
  readonly tally: Tally;
  readonly made: readonly LoadedObject[];
}

async function runJourney(metered: MeteredCloud, run: () => Promise<void>): Promise<EndedJourney> {
  const [before, known] = [metered.tally(), new Set(metered.objects().map(({ id }) => id))];
  await run();
  await metered.settle();
  return { tally: tallySince(before, metered.tally()), made: metered.objects().filter(({ id }) => !known.has(id)) };
}

async function ringJourney(metered: MeteredCloud, { tally, made }: EndedJourney): Promise<JourneyCount> {
  let objectBytes = 0;
  for (const object of made) objectBytes += await metered.control(object, { command: "bytes" });
  await metered.silence();
  const before = metered.tally();
  for (const object of made) await ringOnce(metered, object);
  await metered.silence();
  const whole = addTallies(tally, tallySince(before, metered.tally()));
  return { tally: withoutMetrics(whole), objects: made.length, objectBytes };
}

/** As it is on the platform: the object has been idle for over ten seconds, so that it is loaded again for its alarm. */
async function ringOnce(metered: MeteredCloud, object: LoadedObject): Promise<void> {
  await metered.control(object, { command: "evict" });
  const rang = await metered.control(object, { command: "ring" });
  if (rang === 1 && (await metered.control(object, { command: "ring" })) === 1)
    throw new Error(`${object.className} still has an alarm after its alarm`);
}

/** Nothing is under way while it is counted, so that none of its flushes takes along what another counted. */
async function countLoneMetrics(metered: MeteredCloud, shop: Shop): Promise<Tally> {
  await metered.silence(metricsSilenceMs);
  const before = metered.tally();
  const { made } = await runJourney(metered, async () => {
    await loneOrder(shop);
    await metered.silence(metricsSilenceMs);
  });
  for (const object of made) await ringOnce(metered, object);
  await metered.silence(metricsSilenceMs);
  return onlyMetrics(tallySince(before, metered.tally()));
}

/** Every row of an order that was sold: the order, its lines, its payment, its journal, its notification. */
async function rowBytesPerOrder(databaseUrl: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(rowBytesQuery);
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}

const rowBytesQuery = `
  WITH sold AS (SELECT id FROM orders.orders WHERE status = 'confirmed' ORDER BY created_at LIMIT 1)
  SELECT (SELECT sum(pg_column_size(t)) FROM orders.orders t WHERE id IN (SELECT id FROM sold))
    + (SELECT sum(pg_column_size(t)) FROM orders.order_items t WHERE order_id IN (SELECT id FROM sold))
    + (SELECT sum(pg_column_size(t)) FROM orders.journal_changes t WHERE order_id IN (SELECT id FROM sold))
    + (SELECT sum(pg_column_size(t)) FROM payments.payments t WHERE order_id IN (SELECT id FROM sold))
    + (SELECT sum(pg_column_size(t)) FROM ops.notifications t WHERE order_id IN (SELECT id FROM sold)) AS bytes`;

async function countAudit(metered: MeteredCloud, shop: Shop): Promise<Counts["audit"]> {
  const before = metered.tally();
  const answer = await shop.send("GET", "/v1/audit", { key: "audit", body: null, status: 200, role: "operator" });
  const { checked } = answer as { readonly checked: { readonly orders: number } };
  await metered.silence();
  return { orders: checked.orders, tally: tallySince(before, metered.tally()) };
}

async function countPooled(bundles: MeteredBundles): Promise<PooledCount> {
  await using metered = await startMeteredCloud(bundles, { ORDER_PLACEMENT: "pooled", ORDER_HOSTS: "1" });
  const shop = await openShop(metered);
  await placeOrders(metered, shop, { from: 0, to: 20 });
  const before = await sizes(metered);
  const tallyBefore = metered.tally();
  await placeOrders(metered, shop, { from: 20, to: 21 });
  const tally = tallySince(tallyBefore, metered.tally());
  await placeOrders(metered, shop, { from: 21, to: 20 + growthOrders });
  const after = await sizes(metered);
  return {
    tally: withoutMetrics(tally),
    hostBytesPerOrder: perOrder(after.hosts - before.hosts, 100),
    stockBytesPerOrder: perOrder(after.stock - before.stock, 50),
    auditLook: await countLook(metered),
  };
}

/** Rounded up to whole `step` bytes: a database grows by pages, and whether the last one has begun depends on what came together. */
const perOrder = (bytes: number, step: number): number => Math.ceil(bytes / growthOrders / step) * step;

async function placeOrders(metered: MeteredCloud, shop: Shop, { from, to }: { from: number; to: number }): Promise<void> {
  const body = { items: [{ sku: "SCALE-1", quantity: 1 }], payment_method: "pm_card_visa" };
  for (let number = from; number < to; number++) await shop.order(`pooled-${number}`, body, 201);
  await metered.settle();
}

async function sizes(metered: MeteredCloud): Promise<{ readonly hosts: number; readonly stock: number }> {
  const bytesOf = async (className: string): Promise<number> => {
    const mine = metered.objects().filter((object) => object.className === className);
    const bytes = await Promise.all(mine.map((object) => metered.control(object, { command: "bytes" })));
    return bytes.reduce((sum, each) => sum + each, 0);
  };
  return { hosts: await bytesOf("OrderActor"), stock: await bytesOf("StockActor") };
}

/** "order0" comes after every order's hold: no page of holds is read with the sums. */
async function countLook(metered: MeteredCloud): Promise<PooledCount["auditLook"]> {
  const sums = await rowsOfLook(metered, "order0");
  const page = await rowsOfLook(metered, "order/");
  return { sums, hold: (page - sums) / auditJob.holdsOfALook };
}

async function rowsOfLook(metered: MeteredCloud, after: string): Promise<number> {
  const before = metered.tally();
  for (const object of metered.objects().filter(({ className }) => className === "StockActor")) {
    const argument = { sku: "SCALE-1", after, limit: auditJob.holdsOfALook };
    await metered.control(object, { command: "call", method: "auditStock", argument });
  }
  await metered.silence();
  return sumOf(tallySince(before, metered.tally()), "row read", (detail) => detail === "StockActor");
}
