/** The audit, page by page: first every order against stock actors and Postgres, then every order against the provider's ledger. */
import { z } from "zod";
import {
  mergeAudits,
  nothingChecked,
  toWireDisagreement,
  toWireStuckItem,
  type WireAudit,
  type WireStuckItem,
} from "../../shared/contracts/audit.ts";
import type { AuditQuery } from "../../shared/contracts/rpc.ts";
import type { PlacedAt } from "../../shared/db/audit.ts";
import { cursorMoment, decodeCursor, encodeCursor, invalidCursor } from "../../shared/db/cursor.ts";
import type { Examination } from "../../shared/domain/audit/finding.ts";
import type { AuditClock, AuditTime } from "./audit-confirm.ts";
import { auditOrders, type OrdersPart } from "./audit-orders.ts";
import { auditPayments, type PaymentsPart } from "./audit-payments.ts";
import type { AuditReader } from "./audit-reader.ts";

export interface AuditLimits {
  /** The most orders on a page. */
  readonly orders: number;
  /** The most SKUs of the catalogue on a page. */
  readonly skus: number;
}

/** Where an audit is. */
type Position =
  /** Orders after one, up to another ("": the end, or not known yet), with the SKUs after one. */
  | { readonly half: "orders"; readonly after: string; readonly to: string; readonly sku: string; readonly band: Band | null }
  | { readonly half: "payments"; readonly after: PlacedAt };

/** SKUs up to one, with which the orders after one are being looked at, page by page; then they are with the SKUs behind it. */
interface Band {
  readonly from: string;
  readonly upTo: string;
}

export interface AuditPage {
  readonly audit: WireAudit;
  readonly stuck: readonly WireStuckItem[];
}

export interface AuditDependencies extends AuditClock {
  readonly reader: AuditReader;
  readonly limits: AuditLimits;
}

const beginning: Position = { half: "orders", after: "", to: "", sku: "", band: null };
/** Before the first order there ever was. */
export const firstPayment: PlacedAt = { createdAt: "1970-01-01T00:00:00.000Z", id: "" };

/** As much as fits the budget. Throws when something could not be read. */
export async function auditPage(
  { reader, limits, now, sleep }: AuditDependencies,
  { cursor, budgetMs }: AuditQuery,
): Promise<({ readonly ok: true } & AuditPage) | typeof invalidCursor> {
  let position: Position | null | undefined = cursor === null ? beginning : decodePosition(cursor);
  if (position === undefined) return invalidCursor;
  const startedMs = now();
  const time = { now, sleep, untilMs: startedMs + budgetMs, readUntilMs: startedMs + budgetMs / 2 };
  let page: AuditPage | null = null;
  while (position !== null && (page === null || now() < time.readUntilMs)) {
    const step: Step = await takeStep(reader, { position, limits, time });
    page = page === null ? step : { audit: mergeAudits(page.audit, step.audit), stuck: mergeStuck(page.stuck, step.stuck) };
    position = step.next;
  }
  return { ok: true, ...(page ?? { audit: emptyAudit, stuck: [] }) };
}

const emptyAudit: WireAudit = { ok: true, checked: nothingChecked, in_flight: 0, disagreements: [], first: null, next_cursor: null };

interface Step extends AuditPage {
  readonly next: Position | null;
}

interface StepOptions<At extends Position = Position> {
  readonly position: At;
  readonly limits: AuditLimits;
  readonly time: AuditTime & { readonly readUntilMs: number };
}

async function takeStep(reader: AuditReader, options: StepOptions): Promise<Step> {
  const { position } = options;
  return position.half === "orders" ? takeOrders(reader, { ...options, position }) : takePayments(reader, { ...options, position });
}

type At<Half extends Position["half"]> = Extract<Position, { readonly half: Half }>;

async function takeOrders(reader: AuditReader, { position, limits, time }: StepOptions<At<"orders">>): Promise<Step> {
  const { after, sku, band } = position;
  const fresh = sku === "";
  const to = position.to === "" ? null : position.to;
  const rows = await reader.orderIds({ after, to, limit: limits.orders + 1 });
  const isCut = rows.length > limits.orders;
  const ids = rows.slice(0, limits.orders);
  const end = isCut ? (ids.at(-1) ?? null) : to;
  const listed = await reader.skus({ after: sku, limit: limits.skus + 1 });
  const catalogue = listed.filter((candidate) => band === null || candidate <= band.upTo);
  const lastSku = band?.upTo ?? (catalogue.length > limits.skus ? catalogue[limits.skus - 1] : undefined);
  const part = await auditOrders(
    reader,
    {
      ids,
      range: { after, to: end },
      skus: catalogue.slice(0, limits.skus),
      isInScope: (candidate) => candidate > sku && (lastSku === undefined || candidate <= lastSku),
      linesOnly: !fresh,
      // A band was read before, with more orders, in the time there is.
      readUntilMs: band === null ? time.readUntilMs : Infinity,
    },
    time,
  );
  const next = nextOrders(position, { end, upTo: part.stoppedAt ?? lastSku, cutAt: part.cutAt });
  return { ...pageOfOrders(part, { isFirst: after === "", nowMs: time.now(), next }), next };
}

interface OrdersDone {
  /** The last order of the page; null: there is none after it. */
  readonly end: string | null;
  /** The last SKU of the page; undefined: there is none after it. */
  readonly upTo: string | undefined;
  readonly cutAt: string | null;
}

/** The rest of the orders with the same SKUs; then all of them with the SKUs behind these; then the orders behind them. */
function nextOrders({ after, sku, band }: At<"orders">, { end, upTo, cutAt }: OrdersDone): Position {
  const from = band?.from ?? after;
  const to = end ?? "";
  if (cutAt !== null) return { half: "orders", after: cutAt, to, sku, band: upTo === undefined ? null : { from, upTo } };
  if (upTo !== undefined) return { half: "orders", after: from, to, sku: upTo, band: null };
  return end === null ? { half: "payments", after: firstPayment } : { half: "orders", after: end, to: "", sku: "", band: null };
}

async function takePayments(reader: AuditReader, { position, limits, time }: StepOptions<At<"payments">>): Promise<Step> {
  const scope = { after: position.after, limit: limits.orders, readUntilMs: time.readUntilMs };
  const part = await auditPayments(reader, scope, time);
  if (part === null) return { audit: emptyAudit, stuck: [], next: null };
  const next: Position | null = part.next === null ? null : { half: "payments", after: part.next };
  return { ...pageOfPayments(part, time.now(), next), next };
}

interface OrdersPageOptions {
  /** SKUs are gone through with every cut of the orders, and counted with the first. */
  readonly isFirst: boolean;
  readonly nowMs: number;
  readonly next: Position | null;
}

export function pageOfOrders({ standing, checked, inFlight }: OrdersPart, { isFirst, nowMs, next }: OrdersPageOptions): AuditPage {
  return toPage(standing, { checked: { ...nothingChecked, ...checked, skus: isFirst ? checked.skus : 0 }, inFlight, nowMs, next });
}

/** Orders in flight were counted with the first half. */
export function pageOfPayments({ standing, captures }: PaymentsPart, nowMs: number, next: Position | null): AuditPage {
  return toPage(standing, { checked: { ...nothingChecked, captures }, inFlight: 0, nowMs, next });
}

interface PageParts {
  readonly checked: WireAudit["checked"];
  readonly inFlight: number;
  readonly nowMs: number;
  readonly next: Position | null;
}

function toPage(standing: readonly Examination[], { checked, inFlight, nowMs, next }: PageParts): AuditPage {
  const disagreements = standing.flatMap((examination) => examination.disagreements.map(toWireDisagreement));
  const audit: WireAudit = {
    ok: disagreements.length === 0,
    checked,
    in_flight: inFlight,
    disagreements,
    first: disagreements[0]?.detail ?? null,
    next_cursor: next === null ? null : encodePosition(next),
  };
  return { audit, stuck: standing.flatMap(({ stuck }) => stuck.map((item) => toWireStuckItem(item, nowMs))) };
}

/** The same thing may be met in both halves, or on two pages of the catalogue. */
export const mergeStuck = (first: readonly WireStuckItem[], second: readonly WireStuckItem[]): WireStuckItem[] => {
  const known = new Set(first.map(({ id }) => id));
  return [...first, ...second.filter(({ id }) => !known.has(id))];
};

const encodePosition = (position: Position): string =>
  position.half === "orders"
    ? encodeCursor([
        "orders",
        position.after,
        position.to,
        position.sku,
        ...(position.band ? [position.band.from, position.band.upTo] : []),
      ])
    : encodeCursor(["payments", position.after.createdAt, position.after.id]);

const cursorSchema = z.union([
  z.tuple([z.literal("orders"), z.string(), z.string(), z.string()]),
  z.tuple([z.literal("orders"), z.string(), z.string(), z.string(), z.string(), z.string()]),
  z.tuple([z.literal("payments"), cursorMoment, z.string()]),
]);

/** undefined for what no audit has given out. */
function decodePosition(cursor: string): Position | undefined {
  const key = decodeCursor(cursor, cursorSchema);
  if (key === undefined) return undefined;
  if (key[0] === "payments") return { half: "payments", after: { createdAt: key[1], id: key[2] } };
  const [, after, to, sku, from, upTo] = key;
  return { half: "orders", after, to, sku, band: from === undefined || upTo === undefined ? null : { from, upTo } };
}
