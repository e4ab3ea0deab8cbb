/**
 * The audit's first half: orders against stock actors and Postgres. The world is cut by order id, and everything in a cut is
 * read: the orders that Postgres has, and those of which only a hold is left.
 */
import type { OrderAudit } from "../../shared/contracts/audited.ts";
import { examineOrder } from "../../shared/domain/audit/examine-order.ts";
import { examineStock } from "../../shared/domain/audit/examine-stock.ts";
import type { Examination } from "../../shared/domain/audit/finding.ts";
import type { HoldReading, RecordReading } from "../../shared/domain/audit/readings.ts";
import { mapBounded } from "./audit-bounded.ts";
import { confirm, type AuditTime } from "./audit-confirm.ts";
import { orderOf, readHoldsOf, readRange, toStock, type OrderRange, type SkuReading } from "./audit-holds.ts";
import type { AuditReader } from "./audit-reader.ts";

/** What is looked at in one go. */
export interface OrdersScope {
  /** Orders to begin with; those of which holds are found are added. */
  readonly ids: readonly string[];
  /** Where to look for holds of orders that are not among them; null: nowhere. */
  readonly range: OrderRange | null;
  /** SKUs whose sums are checked and whose holds in the range are read. */
  readonly skus: readonly string[];
  /** The lines looked at: those of SKUs for which this says so. */
  readonly isInScope: (sku: string) => boolean;
  /** Only lines: the rest of these orders was looked at with other SKUs. */
  readonly linesOnly: boolean;
  /** No further SKU is begun after this, ms since the epoch. */
  readonly readUntilMs: number;
}

export interface OrdersPart {
  /** Those in which something stands. */
  readonly standing: readonly Examination[];
  readonly checked: {
    readonly skus: number;
    readonly orders: number;
    readonly holds: number;
    readonly notifications: number;
    readonly records: number;
  };
  readonly inFlight: number;
  /** The last SKU that was read, when time ran out before the last one; null when all were. */
  readonly stoppedAt: string | null;
  /** The last order that was looked at, when more disagreed than there was time to look at again; null when all were. */
  readonly cutAt: string | null;
}

const concurrentSkus = 16;
/** Asks for a SKU's sums alone: "0" comes after the "/" behind which the holds' ids begin. */
const behindAllHolds = "order0";

export async function auditOrders(reader: AuditReader, scope: OrdersScope, time: AuditTime): Promise<OrdersPart> {
  const orders = byId(await reader.orders(scope.ids));
  const { readings, stoppedAt } = await readSkus(reader, { scope, orders, now: time.now });
  const holds = Map.groupBy(
    readings.flatMap((reading) => reading.holds),
    orderOf,
  );
  const given = new Set(scope.ids);
  const found = [...holds.keys()].filter((id) => !orders.has(id));
  for (const order of await reader.orders(found.filter((id) => !given.has(id)))) orders.set(order.orderId, order);
  const ids = [...new Set([...scope.ids, ...found])].sort();
  const records = scope.linesOnly ? null : recordsById(await reader.records(ids));
  const skus = new Set(readings.map(({ sku }) => sku));
  const world: World = { orders, holds, records, skus };
  const looks = ids.map((id) => look(id, world, time.now()));
  const again = (subjects: readonly string[]): Promise<readonly Examination[]> => lookAgain(reader, { subjects, world, now: time.now });
  const sums = readings.filter(({ sku }) => scope.skus.includes(sku)).map(({ sku, stock }) => examineStock(sku, stock));
  // The sums, a call each and no more than the first look made, are always looked at again: a cut is one of the orders.
  const groups = [[...sums, ...looks.slice(0, 1)], ...looks.slice(1).map((only) => [only])];
  const { standing, undecided, looked } = await confirm(groups, again, time);
  const done = ids.slice(0, looked);
  const moving = looks.slice(0, looked).filter(({ inFlight }) => inFlight).length + undecided;
  const kept = done.flatMap((id) => records?.get(id) ?? []);
  const sent = kept.reduce((sum, { confirmations }) => sum + confirmations, 0);
  const counted = { orders: done.length - moving, notifications: sent, records: kept.length };
  const whole = scope.linesOnly ? { orders: 0, notifications: 0, records: 0 } : counted;
  return {
    standing,
    checked: { skus: sums.length, holds: done.reduce((sum, id) => sum + (holds.get(id)?.length ?? 0), 0), ...whole },
    inFlight: scope.linesOnly ? 0 : moving,
    stoppedAt,
    cutAt: looked < ids.length ? (done.at(-1) ?? null) : null,
  };
}

/** Everything read so far, by order. */
interface World {
  readonly orders: ReadonlyMap<string, OrderAudit>;
  readonly holds: ReadonlyMap<string, readonly HoldReading[]>;
  /** null: only lines are looked at. */
  readonly records: ReadonlyMap<string, RecordReading> | null;
  readonly skus: ReadonlySet<string>;
}

function look(orderId: string, { orders, holds, records, skus }: World, nowMs: number): Examination {
  const record = records === null ? undefined : (records.get(orderId) ?? null);
  return examineOrder({ orderId, order: orders.get(orderId) ?? null, holds: holds.get(orderId) ?? [], skus, record }, nowMs);
}

const byId = (orders: readonly OrderAudit[]): Map<string, OrderAudit> => new Map(orders.map((order) => [order.orderId, order]));
const recordsById = (records: readonly RecordReading[]): Map<string, RecordReading> =>
  new Map(records.map((record) => [record.orderId, record]));

interface SkusToRead {
  readonly scope: OrdersScope;
  readonly orders: ReadonlyMap<string, OrderAudit>;
  readonly now: () => number;
}

/** The scope's SKUs, and those of the orders' lines, in their order, until time is up. */
async function readSkus(reader: AuditReader, { scope, orders, now }: SkusToRead) {
  const wanted = idsBySku(orders.values(), scope.isInScope);
  const inCatalogue = new Set(scope.skus);
  const skus = [...new Set([...scope.skus, ...wanted.keys()])].sort();
  const readings: SkuReading[] = [];
  for (let next = 0; next < skus.length; next += concurrentSkus) {
    if (next > 0 && now() > scope.readUntilMs) return { readings, stoppedAt: skus[next - 1] ?? null };
    const batch = skus.slice(next, next + concurrentSkus);
    readings.push(...(await mapBounded(batch, concurrentSkus, (sku) => readSku(sku))));
  }
  return { readings, stoppedAt: null };

  async function readSku(sku: string): Promise<SkuReading> {
    if (scope.range !== null) {
      const reading = await readRange(reader, sku, scope.range);
      return { ...reading, stock: inCatalogue.has(sku) ? reading.stock : null };
    }
    const holds = await readHoldsOf(reader, sku, wanted.get(sku) ?? []);
    const sums = inCatalogue.has(sku) ? await reader.stock({ sku, after: behindAllHolds }) : null;
    return { sku, stock: sums === null ? null : toStock(sku, sums), holds };
  }
}

function idsBySku(orders: Iterable<OrderAudit>, isInScope: (sku: string) => boolean): Map<string, string[]> {
  const wanted = new Map<string, string[]>();
  for (const { orderId, lines } of orders) for (const { sku } of lines) if (isInScope(sku)) push(wanted, sku, orderId);
  return wanted;
}

function push(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

interface SecondLook {
  /** Orders, and SKUs whose sums did not add up. */
  readonly subjects: readonly string[];
  readonly world: World;
  readonly now: () => number;
}

/** In the order in which things become true: the orders, then what they have told others. */
async function lookAgain(reader: AuditReader, { subjects, world, now }: SecondLook): Promise<readonly Examination[]> {
  const skuSubjects = subjects.filter((subject) => world.skus.has(subject));
  const ids = subjects.filter((subject) => !world.skus.has(subject));
  const orders = byId(await reader.orders(ids));
  const wanted = idsBySku(orders.values(), (sku) => world.skus.has(sku));
  for (const id of ids) for (const { sku } of world.holds.get(id) ?? []) push(wanted, sku, id);
  const read = await mapBounded([...wanted], concurrentSkus, ([sku, wantedIds]) => readHoldsOf(reader, sku, wantedIds));
  const holds = Map.groupBy(read.flat(), orderOf);
  const records = world.records === null ? null : recordsById(await reader.records(ids));
  const sums = await mapBounded(skuSubjects, concurrentSkus, async (sku) => {
    const page = await reader.stock({ sku, after: behindAllHolds });
    return examineStock(sku, page === null ? null : toStock(sku, page));
  });
  return [...sums, ...ids.map((id) => look(id, { orders, holds, records, skus: world.skus }, now()))];
}
