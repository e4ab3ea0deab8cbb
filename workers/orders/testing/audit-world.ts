/**
 * A shop in memory behind the audit's port: orders that go through their lives step by step, with what each step does to stock,
 * money and records. `beforeRead` lets it live on between any two readings.
 */
import type { OrderAudit, StockAudit } from "../../../shared/contracts/audited.ts";
import type { ProviderCapture } from "../../../shared/contracts/rpc.ts";
import type { RecordReading } from "../../../shared/domain/audit/readings.ts";
import type { AuditReader } from "../audit-reader.ts";

type Hold = StockAudit["holds"][number];

export const worldStartMs = Date.parse("2026-11-21T12:00:00.000Z");
/** Holds on a page, captures on a page: small, so that a few orders make many pages. */
const holdsPerPage = 3;
const capturesPerPage = 2;

export type Life = "sold" | "declined" | "cancelled" | "cancelled_after_sale" | "shipped" | "refunded";

export interface AuditWorld {
  readonly reader: AuditReader;
  readonly orders: Map<string, OrderAudit>;
  readonly records: Map<string, RecordReading>;
  readonly captures: ProviderCapture[];
  /** By SKU, then by `<owner>/<reservation id>`. */
  readonly holds: Map<string, Map<string, Hold>>;
  readonly received: Map<string, number>;
  /** Places an order; `advance` takes it on by one step, and says whether there was one. */
  place(number: number, life: Life): string;
  advance(orderId: string): boolean;
  finish(): void;
  /** Called before every reading. */
  beforeRead: () => void;
  readonly reads: { count: number };
  nowMs: number;
}

/** Ids are spread as digests are. */
export const worldOrderId = (number: number): string =>
  `ord_${(Math.imul(number, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0")}${number.toString(16).padStart(24, "0")}`;

export function createAuditWorld({
  skus = ["A", "B", "C"],
  ledger = true,
}: { skus?: readonly string[]; ledger?: boolean } = {}): AuditWorld {
  const orders = new Map<string, OrderAudit>();
  const records = new Map<string, RecordReading>();
  const captures: ProviderCapture[] = [];
  const holds = new Map(skus.map((sku) => [sku, new Map<string, Hold>()]));
  const received = new Map(skus.map((sku) => [sku, 1_000]));
  const steps = new Map<string, (() => void)[]>();
  const world: AuditWorld = {
    orders,
    records,
    captures,
    holds,
    received,
    reads: { count: 0 },
    nowMs: worldStartMs,
    beforeRead: () => undefined,
    place(number, life) {
      const orderId = worldOrderId(number);
      steps.set(orderId, lifeOf(orderId, [skus[number % skus.length] ?? "A", skus[(number + 1) % skus.length] ?? "B"], life));
      world.advance(orderId);
      return orderId;
    },
    advance(orderId) {
      const step = steps.get(orderId)?.shift();
      step?.();
      return step !== undefined;
    },
    finish() {
      for (const orderId of steps.keys()) while (world.advance(orderId));
    },
    reader: createReader(),
  };
  return world;

  function lifeOf(orderId: string, both: readonly string[], life: Life): (() => void)[] {
    const lineSkus = [...new Set(both)];
    const total = lineSkus.length * 200;
    const change = (changes: Partial<OrderAudit>): void => {
      const before = orders.get(orderId);
      if (before === undefined) throw new Error("not placed");
      orders.set(orderId, { ...before, version: before.version + 1, updatedAtMs: world.nowMs, ...changes });
    };
    const lines = (changes: Partial<OrderAudit["lines"][number]>): Pick<OrderAudit, "lines"> => ({
      lines: (orders.get(orderId)?.lines ?? []).map((line) => ({ ...line, ...changes })),
    });
    const pay = (changes: Partial<OrderAudit["payment"]>): Pick<OrderAudit, "payment"> => {
      const before = orders.get(orderId);
      if (before === undefined) throw new Error("not placed");
      return { payment: { ...before.payment, ...changes } };
    };
    const hold = (index: number, changes: Partial<Hold>) => (): void => {
      const [sku, reservationId] = [lineSkus[index] ?? "", `${orderId}:${index + 1}`];
      const fresh: Hold = {
        reservationId,
        owner: "order",
        shard: 0,
        quantity: 2,
        returned: 0,
        state: "held",
        updatedAtMs: world.nowMs,
        expiresAtMs: null,
      };
      holds.get(sku)?.set(`order/${reservationId}`, { ...(holds.get(sku)?.get(`order/${reservationId}`) ?? fresh), ...changes });
    };
    const each = (changes: Partial<Hold>): (() => void)[] => lineSkus.map((_sku, index) => hold(index, changes));
    const project = (): void => {
      const order = orders.get(orderId);
      if (order !== undefined) records.set(orderId, { ...recordOf(order), confirmations: records.get(orderId)?.confirmations ?? 0 });
    };
    const notify = (): void => {
      const record = records.get(orderId);
      if (record !== undefined) records.set(orderId, { ...record, confirmations: 1 });
    };
    const deliver = (): void => {
      const order = orders.get(orderId);
      if (order !== undefined) orders.set(orderId, { ...order, delivered: true });
    };
    const capture = (): void => {
      captures.push({
        orderId,
        chargeId: `${orderId}:charge:1`,
        reference: `pi_${orderId}`,
        capturedMinor: total,
        refundedMinor: 0,
        currency: "EUR",
        createdAtMs: world.nowMs,
      });
    };
    const refund = (): void => {
      const index = captures.findIndex((candidate) => candidate.orderId === orderId);
      const made = captures[index];
      if (made !== undefined) captures[index] = { ...made, refundedMinor: made.capturedMinor };
    };
    const open = { settled: false, delivered: false, nextAtMs: worldStartMs + 1_000_000 };
    const ended = { settled: true, delivered: false, nextAtMs: null };
    const place = (): void => {
      orders.set(orderId, {
        orderId,
        principalId: "customer",
        status: "cart_validated",
        ...open,
        version: 1,
        totalMinor: null,
        currency: null,
        details: { prices: [], refunds: [], failure: null, journalEntries: 2 },
        payment: {
          status: "none",
          method: "pm_card_visa",
          chargeId: `${orderId}:charge:1`,
          reference: null,
          capturedMinor: 0,
          refundedMinor: 0,
        },
        lines: lineSkus.map((sku, index) => ({
          sku,
          reservationId: `${orderId}:${index + 1}`,
          quantity: 2,
          hold: "none",
          fulfilled: 0,
          returned: 0,
        })),
        createdAtMs: world.nowMs,
        updatedAtMs: world.nowMs,
      });
    };
    const begin = [place, project, ...each({ state: "held" })];
    const release = [
      (): void => change({ status: "compensating", ...open, totalMinor: total, currency: "EUR" }),
      ...each({ state: "released" }),
    ];
    if (life === "declined" || life === "cancelled") {
      const end = (): void => change({ status: life === "declined" ? "failed" : "cancelled", ...ended, ...lines({ hold: "released" }) });
      return [...begin, ...release, end, project, deliver];
    }
    const confirm = (): void => {
      const payment = pay({ status: "captured", reference: `pi_${orderId}`, capturedMinor: total });
      change({ status: "confirmed", ...ended, totalMinor: total, currency: "EUR", ...lines({ hold: "sold" }), ...payment });
    };
    const sell = [...begin, capture, confirm, project, notify, ...each({ state: "committed" }), deliver];
    if (life === "sold") return sell;
    if (life === "shipped") {
      const ship = (): void => change({ status: "fulfilled", ...ended, ...lines({ fulfilled: 2 }) });
      const back = (): void => change({ ...open, ...lines({ returned: 1 }) });
      return [...sell, ship, project, deliver, back, ...each({ returned: 1 }), (): void => change(ended), project, deliver];
    }
    const refunded = pay0(total);
    if (life === "refunded") {
      return [
        ...sell,
        (): void => change(open),
        refund,
        (): void => change({ status: "refunded", ...ended, ...refunded() }),
        project,
        deliver,
      ];
    }
    const end = (): void => change({ status: "cancelled", ...ended, ...lines({ hold: "restocked" }), ...refunded() });
    return [...sell, (): void => change({ status: "compensating", ...open }), ...each({ returned: 2 }), refund, end, project, deliver];

    function pay0(amount: number) {
      return (): Pick<OrderAudit, "payment"> => pay({ status: "refunded", refundedMinor: amount });
    }
  }

  function createReader(): AuditReader {
    const read = <Value>(take: () => Value): Promise<Value> => {
      world.reads.count += 1;
      world.beforeRead();
      return Promise.resolve(structuredClone(take()));
    };
    const sorted = <Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Item[] =>
      [...items].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
    const createdAt = (id: string): string => new Date(orders.get(id)?.createdAtMs ?? worldStartMs).toISOString();
    return {
      orderIds: ({ after, to, limit }) =>
        read(() =>
          sorted(records.keys(), String)
            .filter((id) => id > after && (to === null || id <= to))
            .slice(0, limit),
        ),
      ordersByTime: ({ after, limit }) =>
        read(() =>
          sorted(
            [...records.keys()].map((id) => ({ id, createdAt: createdAt(id) })),
            (row) => row.createdAt + row.id,
          )
            .filter((row) => row.createdAt + row.id > after.createdAt + after.id)
            .slice(0, limit),
        ),
      recentOrderIds: (limit) => read(() => [...records.keys()].slice(-limit)),
      skus: ({ after, limit }) =>
        read(() =>
          sorted(holds.keys(), String)
            .filter((sku) => sku > after)
            .slice(0, limit),
        ),
      skusInTurn: ({ size }) => read(() => sorted(holds.keys(), String).slice(0, size)),
      records: (ids) => read(() => ids.flatMap((id) => records.get(id) ?? [])),
      orders: (ids) => read(() => ids.flatMap((id) => orders.get(id) ?? [])),
      stock: ({ sku, after }) => read(() => stockOf(sku, after)),
      captures: ({ sinceMs, cursor }) =>
        read(() => {
          if (!ledger) return null;
          const all = captures
            .filter(({ createdAtMs }) => createdAtMs >= sinceMs)
            .sort((left, right) => left.createdAtMs - right.createdAtMs);
          const from = Number(cursor ?? 0);
          const next = from + capturesPerPage < all.length ? String(from + capturesPerPage) : null;
          return { captures: all.slice(from, from + capturesPerPage), next };
        }),
      lookUp: ({ orderId }) =>
        read(() => {
          const made = captures.find((candidate) => candidate.orderId === orderId);
          return made === undefined ? ({ ok: false, code: "not_found" } as const) : ({ ok: true, reference: made.reference } as const);
        }),
    };

    function stockOf(sku: string, after: string): StockAudit | null {
      const all = holds.get(sku);
      if (all === undefined) return null;
      const sum = (state: Hold["state"]): number =>
        [...all.values()].reduce((total, hold) => (hold.state === state ? total + hold.quantity - hold.returned : total), 0);
      const [reserved, sold, came] = [sum("held"), sum("committed"), received.get(sku) ?? 0];
      const rest = sorted(all.entries(), ([key]) => key).filter(([key]) => key > after);
      const page = rest.slice(0, holdsPerPage);
      return {
        levels: { sku, onHand: came - sold, reserved, available: came - sold - reserved, sold, received: came, shards: 1 },
        totals: { held: reserved, sold, received: came },
        holds: page.map(([, hold]) => hold),
        next: rest.length > holdsPerPage ? (page.at(-1)?.[0] ?? null) : null,
      };
    }
  }
}

function recordOf({
  orderId,
  principalId,
  status,
  version,
  totalMinor,
  currency,
  payment,
  lines,
  details,
}: OrderAudit): Omit<RecordReading, "confirmations"> {
  const { capturedMinor: amountMinor, refundedMinor, method, reference } = payment;
  return {
    orderId,
    principalId,
    status,
    version,
    totalMinor,
    currency,
    payment: { status: payment.status, method, reference, amountMinor, refundedMinor },
    items: lines.map(({ sku, quantity, fulfilled, returned }) => ({ sku, quantity, fulfilled, returned })),
    details,
  };
}
