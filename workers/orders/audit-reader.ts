/** What the audit reads: actors, Postgres and the provider, each as it stands. A test gives it a world of its own. */
import { orderActor } from "../../durable-objects/order/client.ts";
import { orderIdSchema } from "../../shared/contracts/primitives.ts";
import type { OrderAudit, StockAudit } from "../../shared/contracts/audited.ts";
import type { LookUpReply, PaymentApi, StockActorApi } from "../../shared/contracts/rpc.ts";
import {
  listOrderIds,
  listOrdersByTime,
  listRecentOrderIds,
  listSkus,
  listSkusInTurn,
  readRecords,
  type PlacedAt,
} from "../../shared/db/audit.ts";
import type { Database } from "../../shared/db/client.ts";
import type { RecordReading } from "../../shared/domain/audit/readings.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { nameOfOrder, paymentIdFor } from "../../shared/platform/ids.ts";
import { actorNameFor, type Placement } from "../../shared/platform/placement.ts";
import { mapBounded } from "./audit-bounded.ts";

/** Every method throws when what it asks cannot be asked. */
export interface AuditReader {
  orderIds(range: { after: string; to: string | null; limit: number }): Promise<readonly string[]>;
  ordersByTime(range: { after: PlacedAt; limit: number }): Promise<readonly PlacedAt[]>;
  recentOrderIds(limit: number): Promise<readonly string[]>;
  skus(range: { after: string; limit: number }): Promise<readonly string[]>;
  skusInTurn(range: { turn: number; size: number }): Promise<readonly string[]>;
  records(ids: readonly string[]): Promise<readonly RecordReading[]>;
  /** Those that exist. */
  orders(ids: readonly string[]): Promise<readonly OrderAudit[]>;
  /** `after`: `<owner>/<reservation id>`. */
  stock(query: { sku: string; after: string; limit?: number }): Promise<StockAudit | null>;
  /** null: the provider keeps no ledger. */
  captures: PaymentApi["listCaptures"];
  lookUp(order: OrderAudit): Promise<LookUpReply>;
}

export interface AuditReaderDependencies {
  readonly db: Database;
  readonly orderActors: DurableObjectNamespace;
  readonly stockActor: (sku: string) => Pick<StockActorApi, "auditStock">;
  readonly payment: Pick<PaymentApi, "listCaptures" | "lookUp">;
  readonly placement: Placement;
}

const concurrentCalls = 16;
/** What `auditOrders` takes at once. */
const idsPerCall = 100;
const recordsPerQuery = 1_000;
const callDeadlineMs = 5_000;

export function createAuditReader({ db, orderActors, stockActor, payment, placement }: AuditReaderDependencies): AuditReader {
  const readOrders = (ids: readonly string[]): Promise<readonly OrderAudit[]> =>
    withDeadline(
      orderActor(orderActors, nameOfOrder(ids[0] ?? ""), placement).auditOrders({ orderIds: ids }),
      callDeadlineMs,
      "An order actor",
    );
  return {
    orderIds: (range) => listOrderIds(db, range),
    ordersByTime: (range) => listOrdersByTime(db, range),
    recentOrderIds: (limit) => listRecentOrderIds(db, limit),
    skus: (range) => listSkus(db, range),
    skusInTurn: (range) => listSkusInTurn(db, range),
    records: async (ids) => (await mapBounded(chunksOf(ids, recordsPerQuery), 2, (chunk) => readRecords(db, chunk))).flat(),
    orders: async (ids) => (await mapBounded(byHost(ids, placement), concurrentCalls, readOrders)).flat(),
    stock: (query) => withDeadline(stockActor(query.sku).auditStock(query), callDeadlineMs, `stock ${query.sku}`),
    captures: (query) => payment.listCaptures(query),
    lookUp: (order) => payment.lookUp(chargeOf(order)),
  };
}

/** At most 100 ids for a call, all of one host. What is no order's id has no host and no order. */
function byHost(ids: readonly string[], placement: Placement): readonly (readonly string[])[] {
  const known = ids.filter((id) => orderIdSchema.safeParse(id).success);
  const hosts = Map.groupBy(known, (id) => actorNameFor(nameOfOrder(id), placement));
  return [...hosts.values()].flatMap((group) => chunksOf(group, idsPerCall));
}

const chunksOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

const chargeOf = ({ orderId, payment, currency }: OrderAudit) => ({
  chargeId: payment.chargeId,
  paymentId: paymentIdFor(orderId),
  orderId,
  amountMinor: payment.capturedMinor,
  currency: currency ?? "",
  paymentMethod: payment.method,
  tryNumber: 1,
  askedAtMs: null,
  context: { requestId: "audit", correlationId: "audit" },
});
