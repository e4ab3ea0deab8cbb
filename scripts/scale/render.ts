/** The generated parts of docs/SCALE.md: everything in it that is a figure. */
import { assumptions, daysAMonth, secondsADay } from "./assumptions.ts";
import { billFor, quantitiesOf, total, type Bill } from "./bill.ts";
import type { Counts, JourneyCount } from "./count-orders.ts";
import { dayAt, type Day, type Isolates } from "./day.ts";
import { amount, dollars, exact, ratesHead, share, table, type Row } from "./format.ts";
import { journeys } from "./journeys.ts";
import { billedRowsWritten, detailsOf, orderInvocations, queueOperations, sumOf, type Tally } from "./operations.ts";
import { priceNames, priceOf, prices, readOn, type Price } from "./prices.ts";
import { renderDuration, renderFar, renderLimits } from "./render-limits.ts";
import { renderPlacement } from "./render-placement.ts";

/** Part -> Markdown, not yet formatted. Each part stands between its marks in the document. */
export function renderParts(counts: Counts): Readonly<Record<string, string>> {
  return {
    orders: renderOrders(counts),
    calls: renderCalls(counts),
    day: renderDay(counts),
    bill: renderBill(counts),
    largest: renderLargest(counts),
    month: renderMonth(counts),
    duration: renderDuration(),
    limits: renderLimits(counts),
    far: renderFar(counts),
    placement: renderPlacement(counts),
    assumptions: renderAssumptions(),
    prices: renderPrices(),
  };
}

const className = (name: string) => (detail: string) => detail === name || detail.startsWith(`${name}.`);
const isOrder = className("OrderActor");
const isStock = className("StockActor");

const orderFigures: readonly (readonly [title: string, figure: (count: JourneyCount) => number])[] = [
  ["Gateway requests", ({ tally }) => sumOf(tally, "worker request")],
  ["Objects made", ({ objects }) => objects],
  ["Requests of order actors", ({ tally }) => sumOf(tally, "object request", isOrder)],
  ["Requests of stock actors", ({ tally }) => sumOf(tally, "object request", isStock)],
  ["Rows written, order actors", ({ tally }) => billedRowsWritten(tally, isOrder)],
  ["Rows written, stock actors", ({ tally }) => billedRowsWritten(tally, isStock)],
  ["Rows read", ({ tally }) => sumOf(tally, "row read")],
  ["SQL statements", ({ tally }) => sumOf(tally, "statement")],
  ["Queue messages", ({ tally }) => sumOf(tally, "queue write")],
  ["Queue operations", ({ tally }) => queueOperations(tally)],
  ["Postgres round trips", ({ tally }) => sumOf(tally, "postgres round trip")],
  ["Postgres statements", ({ tally }) => sumOf(tally, "postgres statement")],
  ["Postgres rows written", ({ tally }) => sumOf(tally, "postgres row written")],
  ["Redis commands", ({ tally }) => sumOf(tally, "redis command")],
  ["Log lines", ({ tally }) => sumOf(tally, "log line")],
  ["Log events (lines, invocations)", ({ tally }) => sumOf(tally, "log line") + orderInvocations(tally) + sumOf(tally, "queue batch")],
  ["Bytes of the objects' databases", ({ objectBytes }) => objectBytes],
];

function renderOrders({ journeys: counted }: Counts): string {
  const rows = orderFigures.map(([title, figure]): Row => [title, ...journeys.map(({ name }) => exact(figure(counted[name])))]);
  return table(["One order", ...journeys.map(({ title }) => title)], rows);
}

function renderCalls({ journeys: counted, loneMetrics }: Counts): string {
  const { tally } = counted.sold;
  const calls = list(tally, "object request");
  return [
    `Rows written for (a): ${rowsWritten(tally)}.`,
    `Calls of objects for (a): ${calls}. Calls of Workers: ${list(tally, "service call")}.`,
    `Metrics of (a), when no other order's are flushed with them: ${sumOf(loneMetrics, "object request")} calls of the metrics actor, ${sumOf(loneMetrics, "data point")} data points, ${billedRowsWritten(loneMetrics)} rows written, and ${sumOf(loneMetrics, "waited ms", isOrder) / 1_000} s in which the order's object waits to flush.`,
  ].join("\n\n");
}

/** The largest first; alarms that are set are rows too. */
function rowsWritten(tally: Tally): string {
  const rows = [...detailsOf(tally, "rows of"), ...detailsOf(tally, "alarm set").map(([name, times]) => [`${name} alarm`, times] as const)];
  return rows
    .toSorted(([, one], [, other]) => other - one)
    .map(([what, times]) => `${what} ${times}`)
    .join(", ");
}

const list = (tally: Tally, meter: "object request" | "service call"): string =>
  detailsOf(tally, meter)
    .map(([detail, times]) => (times === 1 ? detail : `${detail} x ${times}`))
    .join(", ");

interface Range {
  readonly alone: Day;
  readonly shared: Day;
}
const rangeAt = (rate: number, counts: Counts): Range => ({ alone: dayAt(rate, counts), shared: dayAt(rate, counts, "shared") });

const dayFigures: readonly (readonly [title: string, figure: (day: Day) => number])[] = [
  ["Orders", ({ orders }) => orders],
  ["Objects made", ({ objects }) => objects],
  ["Worker requests: gateway", ({ workerRequests }) => workerRequests.gateway],
  ["Worker requests: queue batches, cron", ({ workerRequests }) => workerRequests.batches + workerRequests.cron],
  ["Object requests: orders and stock", ({ objectRequests }) => objectRequests.orders],
  ["Object requests: metrics", ({ objectRequests }) => objectRequests.metrics],
  ["Object requests: the scheduled audit", ({ objectRequests }) => objectRequests.audit],
  ["Rows written: order actors", ({ rowsWritten }) => rowsWritten.orders],
  ["Rows written: stock actors", ({ rowsWritten }) => rowsWritten.stock],
  ["Rows written: metrics", ({ rowsWritten }) => rowsWritten.metrics],
  ["Rows read: orders and stock", ({ rowsRead }) => rowsRead.orders],
  [`Rows read: the scheduled audit, day ${assumptions.keptDays}`, ({ rowsRead }) => rowsRead.audit],
  ["Object duration, GB-s", ({ gigabyteSeconds }) => total(gigabyteSeconds)],
  ["Stored in objects, GB more", ({ storedInObjects }) => storedInObjects],
  ["Queue messages", ({ queueMessages }) => queueMessages],
  ["Queue operations", ({ queueOperations: operations }) => operations],
  ["Postgres round trips", ({ postgres }) => postgres.roundTrips],
  ["Postgres statements", ({ postgres }) => postgres.statements],
  ["Postgres rows written", ({ postgres }) => postgres.rows],
  ["Stored in Postgres, GB of rows more", ({ storedInPostgres }) => storedInPostgres],
  ["Redis commands", ({ redisCommands }) => redisCommands],
  ["QStash messages", ({ qstashMessages }) => qstashMessages],
  ["Analytics Engine data points", ({ dataPoints }) => dataPoints],
  ["Log events", ({ log }) => log.events],
];

function renderDay(counts: Counts): string {
  const ranges = assumptions.rates.map((rate) => rangeAt(rate, counts));
  const rows = dayFigures.map(([title, figure]): Row => [title, ...ranges.map((range) => between(range, figure, amount))]);
  return table(["A day of", ...ratesHead], rows);
}

/** One figure, or from the least to the most that the spread over isolates makes of it. */
function between<Value>(
  { alone, shared }: { alone: Value; shared: Value },
  figure: (value: Value) => number,
  show: (value: number) => string,
): string {
  const [least, most] = [show(figure(shared)), show(figure(alone))];
  return least === most ? most : `${least} to ${most}`;
}

const billAt = (rate: number, counts: Counts, isolates: Isolates) => {
  const day = dayAt(rate, counts, isolates);
  return billFor(quantitiesOf(day), day.orders);
};

function renderBill(counts: Counts): string {
  const bills = assumptions.rates.map((rate) => ({ alone: billAt(rate, counts, "alone"), shared: billAt(rate, counts, "shared") }));
  const rowOf = (name: (typeof priceNames)[number]): Row => [
    priceOf(name).title,
    ...bills.map((bill) => between(bill, ({ perMillion }) => perMillion[name], dollars)),
  ];
  const billed = priceNames.filter((name) => priceOf(name).isNotBilled !== true).map(rowOf);
  const beside = priceNames.filter((name) => priceOf(name).isNotBilled === true).map(rowOf);
  const sums: Row[] = [
    ["**Sum**", ...bills.map((bill) => `**${between(bill, ({ perMillionTotal }) => perMillionTotal, dollars)}**`)],
    ["**Without the scheduled audit**", ...bills.map((bill) => `**${between(bill, withoutAudit, dollars)}**`)],
  ];
  const besideRows = beside.map(([title = "", ...values]): Row => [`_${title}, beside the sum_`, ...values]);
  return table(["Dollars per million orders", ...ratesHead], [...billed, ...sums, ...besideRows]);
}

const withoutAudit = ({ perMillion, perMillionTotal }: Bill): number => perMillionTotal - perMillion.rowsReadByAudit;

/** What the sum is made of, the largest first. */
function renderLargest(counts: Counts): string {
  const lines = assumptions.rates.map((rate, index) => {
    const { perMillion, perMillionTotal } = billAt(rate, counts, "alone");
    const items = priceNames.filter((name) => priceOf(name).isNotBilled !== true).sort((one, other) => perMillion[other] - perMillion[one]);
    const shares = items.slice(0, 4).map((name) => `${priceOf(name).title} ${share(perMillion[name] / perMillionTotal)}`);
    return `- ${ratesHead[index] ?? ""}: ${shares.join(", ")}.`;
  });
  return lines.join("\n");
}

function renderMonth(counts: Counts): string {
  const rows = assumptions.rates.map((rate, index): Row => {
    const bills = { alone: billAt(rate, counts, "alone"), shared: billAt(rate, counts, "shared") };
    return [ratesHead[index] ?? "", amount(rate * secondsADay * daysAMonth), between(bills, ({ month }) => month, dollars)];
  });
  return table(["A month of", "orders", "dollars"], rows);
}

function renderAssumptions(): string {
  const { placeOrderMs, otherCallMs, workerCpuMs, logEventOverheadBytes, ordersPerComputeUnit, leastComputeUnits, skus, keptDays } =
    assumptions;
  return [
    `- An order's object is busy for ${placeOrderMs} ms while it places the order (a payment provider half a second away); any other call keeps its object busy for ${otherCallMs} ms.`,
    `- Gateway and consumers take ${workerCpuMs} ms of CPU for an order together.`,
    `- Orders are spread evenly over ${skus} SKUs. Everything is kept for ${keptDays} days.`,
    `- One compute unit of Neon projects ${ordersPerComputeUnit} orders/s, and one that is always on has at least ${leastComputeUnits}.`,
    `- A batch is handled in ${assumptions.batchMs} ms.`,
    `- Workers Logs adds ${exact(logEventOverheadBytes)} bytes to each event (only the price by volume needs it).`,
  ].join("\n");
}

function renderPrices(): string {
  const rows = priceNames.map((name): Row => {
    const { title, unit, dollars: price, per, included, source, pageDate, note = "" }: Price = prices[name];
    const perText = per === 1 ? unit : `${exact(per)} ${unit}`;
    return [`[${title}](${source})`, `${price} per ${perText}`, included === 0 ? "nothing" : exact(included), pageDate ?? "undated", note];
  });
  const intro = `Read on ${readOn} in stored copies of the pages; the date is the copy's own.`;
  return [intro, table(["price", "dollars", "included in a month", "page of", "note"], rows, 5)].join("\n\n");
}
