/** What must be true when everything has come to its end, held against the neighbours' own books. */
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { OrderAudit, StockAudit } from "../../shared/contracts/audited.ts";
import type { OrderChange } from "../../shared/contracts/rpc.ts";
import type { OrderEvent } from "../../shared/events/catalogue.ts";
import { examineStock } from "../../shared/domain/audit/examine-stock.ts";
import { isShardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import type { Client } from "./client.ts";
import type { SimulatedShop } from "./shop.ts";
import { takeDefects } from "./stubs/logger.ts";

/** @returns What has happened in this run, for the "sometimes" of the proof: ends, reasons, kinds of change. */
export async function checkEnd(shop: SimulatedShop, clients: readonly Client[]): Promise<ReadonlyMap<string, number>> {
  const orderIds = clients.map(({ orderId }) => orderId);
  const audits = new Map((await shop.orders.call((actor) => actor.auditOrders({ orderIds }))).map((audit) => [audit.orderId, audit]));
  const met = new Map<string, number>();
  const note = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);
  expect(shop.provider.violations, [], "the provider");
  expect(shop.oracle.violations, [], "the stock");
  expect(shop.events.violations, [], "the events");
  expect(takeDefects(), [], "defects in the log");
  for (const client of clients) {
    const audit = audits.get(client.orderId);
    if (audit === undefined) throw new Error(`${client.orderId} is lost`);
    checkOrder(audit, shop);
    checkAnswers(client, audit);
    checkReplays(client, audit);
    checkGranted(client, audit, shop);
    if (shop.isCalm) checkPrompt(client);
    checkEvents(client, audit, shop);
    noteOrder(client, audit, note);
    noteSteps(shop, note);
  }
  await checkStock(shop, [...audits.values()]);
  return met;
}

const sold: ReadonlySet<WireOrder["status"]> = new Set(["confirmed", "fulfilled", "refunded"] as const);

/** Money: what the order says is what the provider has; one charge for what was sold, nothing kept for what was not. */
function checkOrder(audit: OrderAudit, shop: SimulatedShop): void {
  const { orderId, status, payment, lines, totalMinor } = audit;
  expect([audit.settled, audit.delivered, audit.nextAtMs], [true, true, null], `${orderId} (${status}) is at rest`);
  const taken = shop.provider.taken(orderId);
  expect([payment.capturedMinor, payment.refundedMinor], [taken.capturedMinor, taken.refundedMinor], `${orderId}: captured and refunded`);
  if (sold.has(status)) {
    expect([taken.charges, taken.capturedMinor], [1, totalMinor], `${orderId}: one charge of the total`);
    expect(new Set(lines.map(({ hold }) => hold)), new Set(["sold"]), `${orderId}: every line is sold`);
    return;
  }
  const refused = shop.provider.refusesRefunds.has(orderId) && status === "cancelled";
  if (!refused) expect(taken.capturedMinor - taken.refundedMinor, 0, `${orderId} (${status}) kept no money`);
  const resting = lines.every(({ hold }) => hold === "none" || hold === "released" || hold === "restocked");
  expect(resting, true, `${orderId} (${status}) holds nothing`);
}

/** The client's answer is the order's first end, and never changes; a change asked for twice is answered alike. */
function checkAnswers(client: Client, audit: OrderAudit): void {
  const [first, second] = client.answers.map(({ order }) => order);
  expect(second, first, `${audit.orderId}: the second answer`);
  const end = first?.status ?? "none";
  expect(["confirmed", "failed", "cancelled"].includes(end), true, `${audit.orderId} was answered ${end}`);
  if (end !== "confirmed") expect(audit.status, end, `${audit.orderId}: the answered end`);
  for (const [operationId, [one, other]] of client.finals) {
    if (one?.kind !== "settled" || other?.kind !== "settled") continue;
    expect([other.refund?.id, other.refund?.status], [one.refund?.id, one.refund?.status], `${operationId}: the refund`);
    expect([other.return?.id, other.return?.status], [one.return?.id, one.return?.status], `${operationId}: the return`);
  }
}

/**
 * Every answer is about the client's own order. The request that placed it is told so however often the gateway had to ask, and every
 * other one that it is a replay; under an id that the client sent several times, at most one is told that it is none.
 */
function checkReplays({ plan, heard, answers }: Client, { orderId }: OrderAudit): void {
  const told = heard.flatMap(({ operationId, reply, requestId }) => {
    if (operationId !== null || reply === null || reply.kind === "mismatch" || !("replayed" in reply)) return [];
    expect(reply.order.id, orderId, `${orderId}: the order that was answered`);
    return [{ requestId, replayed: reply.replayed }];
  });
  const firsts = told.filter(({ replayed }) => !replayed);
  expect(firsts.length <= 1, true, `${orderId}: answers that are no replay`);
  if (plan.sentId !== undefined) return;
  const placedBy = answers[0]?.requestId;
  for (const { requestId, replayed } of told)
    expect(replayed, requestId !== placedBy, `${orderId}: ${requestId}, placed by ${placedBy}, a replay`);
}

/**
 * What was granted has been done: no answer was given for something that a crash then forgot. A wish that came too early and was
 * refused may have been granted when the client asked the second time.
 */
function checkGranted({ plan, finals }: Client, audit: OrderAudit, shop: SimulatedShop): void {
  const granted = plan.changes.flatMap(({ change }) => {
    const reply = finals.get(change.operationId)?.find(({ kind }) => kind === "settled");
    return reply?.kind === "settled" ? [{ change, reply }] : [];
  });
  const changes = granted.map(({ change }) => change);
  checkShipped(changes, audit);
  for (const { change, reply } of granted) {
    const { refund } = reply;
    if (refund?.status === "succeeded") expect(shop.provider.refunds.has(refund.id), true, `${refund.id}: given back, as was answered`);
    const isDone = wasDone(change.kind, { audit, made: reply.refund ?? reply.return });
    expect(isDone, true, `${audit.orderId} (${audit.status}): the granted ${change.kind}`);
  }
}

/** What was shipped is what was granted, to the unit. */
function checkShipped(granted: readonly OrderChange[], { orderId, lines }: OrderAudit): void {
  const shipments = granted.flatMap((change) => (change.kind === "fulfil" ? [change.lines] : []));
  for (const { sku, quantity, fulfilled } of lines) {
    const units = shipments.flatMap((shipment) => shipment ?? []).filter((line) => line.sku === sku);
    const wanted = shipments.includes(null) ? quantity : units.reduce((sum, line) => sum + line.quantity, 0);
    expect(fulfilled, wanted, `${orderId}: ${sku} shipped`);
  }
}

/** Where nothing goes wrong, nobody waits: the first answer to a wish is the last, within seconds. */
function checkPrompt({ heard, finals }: Client): void {
  for (const operationId of finals.keys()) {
    const first = heard.find((answer) => answer.operationId === operationId);
    if (first === undefined) throw new Error(`${operationId} was never answered`);
    expect(
      first.reply !== null && first.reply.kind !== "working" && first.heardAtMs - first.askedAtMs < 5_000,
      true,
      `${operationId}: promptly`,
    );
  }
}

function wasDone(kind: OrderChange["kind"], { audit, made }: { audit: OrderAudit; made: object | null }): boolean {
  switch (kind) {
    case "cancel":
      return audit.status === "cancelled";
    case "fulfil":
      return audit.lines.some(({ fulfilled }) => fulfilled > 0);
    case "refund":
    case "return":
    case "refund_stray":
      return made !== null;
    case "pay":
      return true;
    default:
      return false;
  }
}

/** Each end is told once to each consumer (an event's id may come often, and counts once); versions never repeat. */
function checkEvents(client: Client, audit: OrderAudit, shop: SimulatedShop): void {
  for (const [queue, consumed] of Object.entries(shop.consumed)) {
    const events = [...consumed.values()].filter((event) => event.subject === audit.orderId);
    const types = events.map(({ type }) => type);
    const wasConfirmed = client.answers[0]?.order.status === "confirmed";
    const confirmed = types.filter((type) => type === "holdfast.order.confirmed.v1").length;
    expect(confirmed, wasConfirmed ? 1 : 0, `${audit.orderId}: confirmations on ${queue}`);
    if (audit.status !== "confirmed") {
      const end = `holdfast.order.${audit.status}.v1`;
      expect(types.filter((type) => type === end).length, 1, `${audit.orderId}: ${end} on ${queue}`);
    }
    if (queue === "order-events") checkNewest(events, audit);
  }
}

/** What Postgres ends up with is what the actor has: the newest event told everything. */
function checkNewest(events: readonly { readonly data: object }[], audit: OrderAudit): void {
  const orders = events.flatMap(({ data }) => ("order" in data ? [data.order as WireOrder] : []));
  const versions = orders.map(({ version }) => version);
  expect(new Set(versions).size, versions.length, `${audit.orderId}: versions told`);
  const newest = orders.find(({ version }) => version === Math.max(...versions));
  expect([newest?.version, newest?.status], [audit.version, audit.status], `${audit.orderId}: the newest event`);
  expect(newest?.payment.refunded_minor, audit.payment.refundedMinor, `${audit.orderId}: refunds told`);
  checkTold(events, audit);
}

/** The events together: the same lines, every journal entry once, and of every refund what became of it. */
function checkTold(events: readonly { readonly data: object }[], audit: OrderAudit): void {
  const told = events.flatMap(({ data }) => ("order" in data ? [data as OrderEvent["data"]] : []));
  told.sort((one, other) => one.order.version - other.order.version);
  const entries = told.flatMap(({ journal }) => journal.map(({ seq }) => seq));
  expect(
    entries,
    Array.from({ length: entries.length }, (_, index) => index + 1),
    `${audit.orderId}: the journal that was told`,
  );
  const lines = new Set(told.map(({ order }) => JSON.stringify(order.items.map(({ sku, quantity }) => [sku, quantity]))));
  expect(lines.size, 1, `${audit.orderId}: the lines that were told`);
  const refunds = new Map(told.flatMap(({ payment }) => payment?.refunds.map((refund) => [refund.id, refund] as const) ?? []));
  const back = [...refunds.values()].filter(({ status }) => status === "succeeded").reduce((sum, refund) => sum + refund.amount_minor, 0);
  expect(back, audit.payment.refundedMinor, `${audit.orderId}: the refunds that were told`);
  expect([...refunds.values()].filter(({ status }) => status === "pending").length, 0, `${audit.orderId}: refunds told as pending`);
}

async function checkStock(shop: SimulatedShop, audits: readonly OrderAudit[]): Promise<void> {
  for (const stock of shop.stocks) {
    const sku = stock.name;
    // A shard's ledger is part of its root's.
    if (isShardKey(sku)) continue;
    const audit = await stock.call((actor) => actor.auditStock({ sku, after: null }));
    // A product that was never put may have been asked for; what was put is not lost.
    if (audit !== null) checkLedger(audit, audits);
    else if (shop.opened.has(sku)) throw new Error(`${sku} is lost`);
  }
}

function checkLedger(audit: StockAudit, audits: readonly OrderAudit[]): void {
  const { levels, totals } = audit;
  const lines = audits.flatMap((audit) => audit.lines.filter(({ sku }) => sku === levels.sku));
  const out = lines.filter(({ hold }) => hold === "sold").reduce((sum, { quantity, returned }) => sum + quantity - returned, 0);
  const { sku, onHand, reserved, received } = levels;
  expect([levels.sold, reserved, onHand + levels.sold], [out, 0, received], `${sku}: sold, reserved, received`);
  const units = (state: "held" | "committed"): number =>
    audit.holds.reduce((sum, hold) => (hold.state === state ? sum + hold.quantity - hold.returned : sum), 0);
  expect([units("committed"), units("held")], [levels.sold, reserved], `${sku}: its holds`);
  expect([totals.sold, totals.held, totals.received], [levels.sold, reserved, received], `${sku}: its sums`);
  expect(examineStock(sku, { sku, ...audit }).disagreements, [], `${sku}: its objects`);
}

function noteOrder(client: Client, audit: OrderAudit, note: (what: string) => void): void {
  const failure = client.answers[0]?.order.failure?.code;
  note(`end: ${audit.status}${failure === undefined || audit.status !== "failed" ? "" : ` (${failure})`}`);
  for (const { change } of client.plan.changes) {
    const reply = client.finals.get(change.operationId)?.[0];
    if (reply !== undefined) note(`${change.kind}: ${reply.kind === "refused" ? reply.code : "done"}`);
  }
}

function noteSteps(shop: SimulatedShop, note: (what: string) => void): void {
  const told = [...shop.consumed["order-events"].values()].flatMap((event) => ("journal" in event.data ? event.data.journal : []));
  for (const { step, outcome, money } of told) {
    note(`step: ${step} ${outcome}`);
    if (money !== null) note(`money: ${step} ${money.effect}`);
  }
}

/** Deep enough for what is compared here: numbers, texts, plain objects and sets of them. */
function expect(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [found, wanted].map((value) => JSON.stringify(value instanceof Set ? [...(value as Set<unknown>)].sort() : value));
  if (one !== other) throw new Error(`${what}: ${one}, not ${other}`);
}
