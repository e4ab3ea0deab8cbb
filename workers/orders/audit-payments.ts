/**
 * The audit's second half: orders against the provider's ledger. Both are walked in the order of time, orders by when they were
 * placed and captures by when they were made, so that a page of the one needs only a page of the other.
 */
import type { OrderAudit } from "../../shared/contracts/audited.ts";
import type { PlacedAt } from "../../shared/db/audit.ts";
import { examineMoney } from "../../shared/domain/audit/examine-money.ts";
import type { Examination } from "../../shared/domain/audit/finding.ts";
import type { CaptureReading } from "../../shared/domain/audit/readings.ts";
import { mapBounded } from "./audit-bounded.ts";
import { confirm, type AuditTime } from "./audit-confirm.ts";
import { readLedger, type Ledger } from "./audit-ledger.ts";
import type { AuditReader } from "./audit-reader.ts";

export interface PaymentsScope {
  /** The last order of the page before. */
  readonly after: PlacedAt;
  /** The most orders on a page. */
  readonly limit: number;
  /** When to stop reading the ledger and looking charges up if that is possible, ms since the epoch. */
  readonly readUntilMs: number;
}

export interface PaymentsPart {
  /** Those in which something stands. */
  readonly standing: readonly Examination[];
  readonly captures: number;
  readonly inFlight: number;
  /** Where the next page begins; null when this was the last. */
  readonly next: PlacedAt | null;
}

/** How far the provider's clock may be from ours, its whole seconds included, and how soon most orders are paid, ms. */
const marginMs = 60_000;
const concurrentLookUps = 8;
/** Charges of a page that are looked up whatever the time is, so that every page gets somewhere. */
const leastLookUps = 25;

/** null: the provider keeps no ledger. */
export async function auditPayments(reader: AuditReader, scope: PaymentsScope, time: AuditTime): Promise<PaymentsPart | null> {
  const rows = await reader.ordersByTime({ after: scope.after, limit: scope.limit + 1 });
  const last = rows.length > scope.limit ? rows[scope.limit - 1] : undefined;
  const page = rows.slice(0, scope.limit);
  const orders = byId(await reader.orders(page.map(({ id }) => id)));
  const fromMs = Date.parse(scope.after.createdAt);
  const lastMs = last === undefined ? Infinity : Date.parse(last.createdAt);
  const ledger = await readLedger(reader, {
    fromMs: fromMs - marginMs,
    toMs: lastMs + marginMs,
    mayStop: (readMs) => time.now() > scope.readUntilMs && readMs > fromMs + 2 * marginMs,
  });
  if (ledger === null) return null;
  const toMs = Math.min(lastMs, ledger.endMs - marginMs);
  const shown = new Map(page.map(({ id, createdAt }) => [id, Date.parse(createdAt)] as const).filter(([, atMs]) => atMs <= toMs));
  const { cutMs, ...part } = await comparePage(reader, { orders, ledger, shown, fromMs, toMs, readUntilMs: scope.readUntilMs }, time);
  if (cutMs !== null) return { ...part, next: endOf(cutMs) };
  return { ...part, next: toMs < lastMs ? endOf(toMs) : (last ?? null) };
}

const byId = (orders: readonly OrderAudit[]): Map<string, OrderAudit> => new Map(orders.map((order) => [order.orderId, order]));

/** The position behind every order of a moment: no id sorts after it. */
const endOf = (atMs: number): PlacedAt => ({ createdAt: new Date(atMs).toISOString(), id: "ord_g" });

interface LedgerPage {
  /** Those of the page, read before the ledger. */
  readonly orders: Map<string, OrderAudit>;
  readonly ledger: Ledger;
  /** The orders of the page, and when they were placed: their own captures must be there. */
  readonly shown: ReadonlyMap<string, number>;
  /** A capture made after the one and up to the other belongs to this page; each belongs to one. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly readUntilMs: number;
}

async function comparePage(reader: AuditReader, { orders, ledger, shown, fromMs, toMs, readUntilMs }: LedgerPage, time: AuditTime) {
  const onPage = ledger.captures.filter(({ createdAtMs }) => createdAtMs > fromMs && createdAtMs <= toMs);
  const moments = new Map(shown);
  for (const { orderId, createdAtMs } of onPage) if (!moments.has(orderId)) moments.set(orderId, createdAtMs);
  for (const order of await reader.orders([...moments.keys()].filter((id) => !shown.has(id)))) orders.set(order.orderId, order);
  // A page can end between two moments, not within one.
  const groups = [...Map.groupBy([...moments].sort(byMoment), ([, atMs]) => atMs).values()];
  const begun = await look(reader, {
    groups: groups.map(idsOf),
    shown,
    orders,
    captures: ledger.captures,
    mayStop: () => time.now() > readUntilMs,
  });
  const again = async (suspects: readonly string[]): Promise<readonly Examination[]> => {
    const fresh = byId(await reader.orders(suspects));
    const captures = await readAgain(reader, ledger.captures, new Set(suspects));
    return (await look(reader, { groups: suspects.map((id) => [id]), shown, orders: fresh, captures, mayStop: () => false })).flat();
  };
  const { standing, undecided, looked } = await confirm(begun, again, time);
  const cutMs = beforeMoment(groups[looked]);
  const isDone = ({ createdAtMs }: CaptureReading): boolean => cutMs === null || createdAtMs <= cutMs;
  const moving = begun
    .slice(0, looked)
    .flat()
    .filter(({ inFlight }) => inFlight).length;
  return { standing, captures: onPage.filter(isDone).length, inFlight: moving + undecided, cutMs };
}

type Moment = readonly [orderId: string, atMs: number];

const byMoment = ([, left]: Moment, [, right]: Moment): number => left - right;
const idsOf = (group: readonly Moment[]): readonly string[] => group.map(([id]) => id);

/** Just before a group that is left for the next page; null when there is none. */
const beforeMoment = (group: readonly Moment[] | undefined): number | null => (group?.[0] === undefined ? null : group[0][1] - 1);

interface MoneyLook {
  readonly groups: readonly (readonly string[])[];
  readonly shown: ReadonlyMap<string, number>;
  readonly orders: ReadonlyMap<string, OrderAudit>;
  readonly captures: readonly CaptureReading[];
  /** Asked before each group once charges had to be looked up: whether there is time for no more. */
  readonly mayStop: () => boolean;
}

/** The groups up to the first one for which there was no time. */
async function look(
  reader: AuditReader,
  { groups, shown, orders, captures, mayStop }: MoneyLook,
): Promise<readonly (readonly Examination[])[]> {
  const byOrder = Map.groupBy(captures, ({ orderId }) => orderId);
  let lookUps = 0;
  const looks = await mapBounded(groups, concurrentLookUps, async (ids) =>
    lookUps >= leastLookUps && mayStop() ? null : mapBounded(ids, 1, lookAt),
  );
  // Groups are begun in their order, so none is looked at behind one that was not.
  return looks.filter((group) => group !== null);

  async function lookAt(orderId: string): Promise<Examination> {
    const order = orders.get(orderId) ?? null;
    const surroundings = { orderId, order, captures: byOrder.get(orderId) ?? [], complete: shown.has(orderId) };
    const examination = examineMoney(surroundings);
    const isMissing = examination.disagreements.some(({ rule, found }) => rule === "paid_order_has_one_capture" && found === "none");
    if (!isMissing || order === null) return examination;
    lookUps += 1;
    // Paid long after it was placed, perhaps, and so on another page of the ledger: the provider is asked for this one charge.
    const reply = await reader.lookUp(order);
    return reply.ok && reply.reference === order.payment.reference ? examineMoney({ ...surroundings, complete: false }) : examination;
  }
}

/** The captures of some orders once more, as they are now. */
async function readAgain(
  reader: AuditReader,
  known: readonly CaptureReading[],
  suspects: ReadonlySet<string>,
): Promise<readonly CaptureReading[]> {
  const times = known.filter(({ orderId }) => suspects.has(orderId)).map(({ createdAtMs }) => createdAtMs);
  if (times.length === 0) return [];
  const [fromMs, toMs] = times.reduce(([least, most], atMs) => [Math.min(least, atMs), Math.max(most, atMs)], [Infinity, 0]);
  const ledger = await readLedger(reader, { fromMs: fromMs - 1_000, toMs: toMs + 1_000, mayStop: () => false });
  return ledger?.captures ?? [];
}
