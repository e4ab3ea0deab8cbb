import { describe, expect, it } from "vitest";
import type { MetricPoint } from "../../shared/contracts/rpc.ts";
import { metricDefinitions } from "../../shared/platform/metric-definitions.ts";
import { renderMetrics } from "./render.ts";

const steps = (step: string, value: number): MetricPoint => ({
  type: "counter",
  name: "holdfast_saga_steps_total",
  labels: { step, outcome: "ok" },
  value,
});
const hostile = 'back\\slash "quoted"\nnew line, comma="x"} é';
const durations: MetricPoint = {
  type: "histogram",
  name: "holdfast_saga_step_duration_seconds",
  labels: { step: "charge" },
  buckets: [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4],
  sum: 60.125,
};

/** A reader of the format that knows nothing of the writer. */
function parse(text: string) {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split("\n").slice(0, -1)) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "TYPE" && name !== undefined && rest !== undefined) types.set(name, rest);
    if (kind !== undefined) continue;
    const [, series, value] = /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})?) (\S+)$/.exec(line) ?? [];
    if (series === undefined || samples.has(series)) throw new Error(`Not a line, or there twice: ${line}`);
    samples.set(series, Number(value));
  }
  return { samples, types };
}

describe("renderMetrics", () => {
  it("writes all declared metrics with their types, and 0 only for those without labels", () => {
    const { samples, types } = parse(renderMetrics([]));
    expect(Object.fromEntries(types)).toEqual(
      Object.fromEntries(Object.entries(metricDefinitions).map(([name, { type }]) => [name, type])),
    );
    expect([...new Set(samples.values())]).toEqual([0]);
    expect([...samples.keys()].every((series) => series.startsWith("holdfast_order_duration_seconds"))).toBe(true);
    expect(samples.get("holdfast_order_duration_seconds_count")).toBe(0);
  });

  it("escapes label values so that they read back", () => {
    const text = renderMetrics([steps(hostile, 3)]);
    const [, escaped] = /step="((?:[^"\\\n]|\\.)*)"/.exec(text) ?? [];
    expect(escaped?.replaceAll(/\\(.)/g, (_match, escape: string) => (escape === "n" ? "\n" : escape))).toBe(hostile);
    expect(parse(text).samples.size).toBe(parse(renderMetrics([])).samples.size + 1);
  });

  it("writes a histogram's buckets cumulatively, up to +Inf, which is the count", () => {
    const { samples } = parse(renderMetrics([durations]));
    const bucket = (bound: string) => samples.get(`holdfast_saga_step_duration_seconds_bucket{step="charge",le="${bound}"}`);
    expect(["0.001", "0.0025", "0.005", "0.01", "10", "+Inf"].map(bucket)).toEqual([1, 1, 3, 3, 3, 7]);
    expect(samples.get('holdfast_saga_step_duration_seconds_count{step="charge"}')).toBe(7);
    expect(samples.get('holdfast_saga_step_duration_seconds_sum{step="charge"}')).toBe(60.125);
  });

  it("gives the same text for the same points in any order", () => {
    const points = [steps("reserve", 1), durations, steps("charge", 2)];
    const text = renderMetrics(points);
    expect(renderMetrics([...points].reverse())).toBe(text);
    expect(text.indexOf('step="charge"')).toBeLessThan(text.indexOf('step="reserve"'));
  });

  it("leaves out a metric that is not declared", () => {
    expect(renderMetrics([{ type: "counter", name: "made_up_total", labels: {}, value: 1 }])).toBe(renderMetrics([]));
  });
});
