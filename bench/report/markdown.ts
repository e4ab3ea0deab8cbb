/** The report as Markdown. */
import type { BenchReport, BenchResult } from "./bench-report.ts";
import { ratiosOf } from "./ratios.ts";

export function toMarkdown(report: BenchReport): string {
  const sections = [...groupByScenario(report.results)].map(([title, results]) => `### ${title}\n\n${table(results)}`);
  return [head(report), ...sections, ratioSection(report), remarks(report)].filter((part) => part !== "").join("\n\n");
}

function head({ machine, versions, command, at, records, window_s }: BenchReport): string {
  const { cpu, cores, memory_gb, kernel, file_system, sync_p50_ms, sync_p99_ms } = machine;
  return [
    `## Bench, ${at}`,
    "",
    `- Machine: ${cores} cores of ${cpu}, ${memory_gb.toFixed(0)} GB, Linux ${kernel}. Disk: ${file_system}, fdatasync of 4 KB takes ${sync_p50_ms.toFixed(2)} ms (p99 ${sync_p99_ms.toFixed(2)} ms).`,
    `- Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    `- Holdfast's durable records: ${records}. Each figure is the median of its rounds; each window is ${window_s} s.`,
    `- Command: \`${command}\``,
  ].join("\n");
}

function groupByScenario(results: readonly BenchResult[]): Map<string, BenchResult[]> {
  return Map.groupBy(results, ({ loop, clients, rate, skus, shards }) =>
    [
      loop === "closed" ? `${clients} ${clients === 1 ? "client" : "clients"}` : `Open loop, ${rate ?? 0} orders/s`,
      skus === 1 ? "one hot SKU" : `${skus} SKUs`,
      ...(shards === 1 ? [] : [`${shards} shards`]),
    ].join(", "),
  );
}

type Column = readonly [title: string, cell: (result: BenchResult) => string];

const number = (value: number | null, digits: number): string => (value === null ? "not measured" : value.toFixed(digits));
const byProcess = (values: Readonly<Record<string, number>>, digits: number): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(digits)}`)
    .join(", ");

const columns: readonly Column[] = [
  ["system", ({ system }) => system],
  ["placement", ({ placement }) => placement],
  [
    "orders/s",
    ({ orders_per_s, orders_per_s_min, orders_per_s_max }) =>
      `${number(orders_per_s, 0)} (${number(orders_per_s_min, 0)}-${number(orders_per_s_max, 0)})`,
  ],
  ["p50 ms", ({ p50_ms }) => number(p50_ms, 2)],
  ["p99 ms", ({ p99_ms }) => number(p99_ms, 2)],
  ["p99.9 ms", ({ p999_ms }) => number(p999_ms, 2)],
  [
    "CPU ms/order",
    ({ cpu_ms_per_order, cpu_ms_per_order_by_process }) => `${number(cpu_ms_per_order, 2)} (${byProcess(cpu_ms_per_order_by_process, 2)})`,
  ],
  ["... caught up", ({ cpu_ms_per_order_caught_up }) => number(cpu_ms_per_order_caught_up, 2)],
  ["load's CPU", ({ load_cpu_ms_per_order }) => number(load_cpu_ms_per_order, 2)],
  ["RSS MB", ({ rss_mb, rss_mb_by_process }) => `${number(rss_mb, 0)} (${byProcess(rss_mb_by_process, 0)})`],
  ["flushes/order", ({ disk_flushes_per_order }) => number(disk_flushes_per_order, 2)],
  ["own commits/order", ({ commits_per_order }) => number(commits_per_order, 2)],
  [
    "KB written/order",
    ({ written_bytes_per_order }) => number(written_bytes_per_order === null ? null : written_bytes_per_order / 1_024, 1),
  ],
  ["KB kept/order", ({ disk_bytes_per_order }) => number(disk_bytes_per_order === null ? null : disk_bytes_per_order / 1_024, 1)],
  ["records behind", ({ records_lag_orders, records_caught_up_s }) => describeLag(records_lag_orders, records_caught_up_s)],
  ["not confirmed", ({ unconfirmed, unsent }) => (unsent === 0 ? String(unconfirmed) : `${unconfirmed}, ${unsent} not sent`)],
];

const describeLag = (orders: number | null, seconds: number | null): string =>
  orders === null ? "-" : `${orders} orders, ${seconds === null ? "not caught up" : `${seconds.toFixed(1)} s`}`;

function table(results: readonly BenchResult[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const lines = results.map((result) => row(columns.map(([, cell]) => cell(result))));
  return [row(columns.map(([title]) => title)), row(columns.map(() => "---")), ...lines].join("\n");
}

function ratioSection({ results }: BenchReport): string {
  const lines = ratiosOf(results).map(
    ({ name, value, goal, isMet }) =>
      `- ${name}: **${value.toFixed(2)}**${goal === undefined ? "" : ` (goal: ${goal}: ${isMet === true ? "met" : "not met"})`}`,
  );
  return lines.length === 0 ? "" : ["### Ratios", "", ...lines].join("\n");
}

function remarks({ failures, notes }: BenchReport): string {
  const lines = [...notes.map((note) => `- ${note}`), ...failures.map((failure) => `- **Failed**: ${failure}`)];
  return lines.length === 0 ? "" : ["### Remarks", "", ...lines].join("\n");
}
