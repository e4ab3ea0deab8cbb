/** Reads the Prometheus text format, as much of it as the console needs. Pure. */

/** @typedef {{ name: string, labels: Record<string, string>, value: number }} Sample */
/** @typedef {{ sumS: number, count: number }} Totals of requests since the service's counters began: seconds in all, and how many */

const samplePattern = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)/;
const labelPattern = /(\w+)="((?:\\.|[^"\\])*)"/g;

/** @param {string} text @returns {Sample[]} every sample line; comments and what cannot be read are left out */
export function parseSamples(text) {
  return text.split("\n").flatMap((line) => {
    const match = samplePattern.exec(line);
    const value = Number(match?.[3]);
    return match === null || Number.isNaN(value) ? [] : [{ name: match[1] ?? "", labels: parseLabels(match[2] ?? ""), value }];
  });
}

/** @param {string} text @returns {Record<string, string>} */
function parseLabels(text) {
  const pairs = [...text.matchAll(labelPattern)].map(([, name = "", value = ""]) => [name, unescapeLabel(value)]);
  return Object.fromEntries(pairs);
}

/** @param {string} value */
const unescapeLabel = (value) => value.replace(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign));

/**
 * The totals of one route, over all its statuses.
 *
 * @param {readonly Sample[]} samples
 * @param {{ method: string, path: string }} route
 * @returns {Totals}
 */
export function totalsOf(samples, { method, path }) {
  const sumOf = (/** @type {string} */ name) =>
    samples
      .filter((sample) => sample.name === name && sample.labels["method"] === method && sample.labels["path"] === path)
      .reduce((sum, sample) => sum + sample.value, 0);
  return { sumS: sumOf("http_request_duration_seconds_sum"), count: sumOf("http_request_duration_seconds_count") };
}

/**
 * The mean between two readings of the counters.
 *
 * @param {Totals} from
 * @param {Totals} to
 * @returns {{ meanMs: number, count: number } | null} null when nothing was counted between them, or the counters began anew
 */
export function meanBetween(from, to) {
  const count = to.count - from.count;
  const sumS = to.sumS - from.sumS;
  return count > 0 && sumS >= 0 ? { meanMs: (sumS / count) * 1000, count } : null;
}
