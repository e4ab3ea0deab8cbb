import { describe, expect, it } from "vitest";
import { MetricBuffer } from "./metric-buffer.ts";

function makeBuffer(maxLabelSets = 200) {
  const clock = { nowMs: 1_000_000 };
  return { clock, buffer: new MetricBuffer({ service: "orders", now: () => clock.nowMs, maxLabelSets }) };
}

const dropped = (value: number) => ({ type: "counter", name: "holdfast_metrics_dropped_total", labels: { service: "orders" }, value });

describe("MetricBuffer.count", () => {
  it("adds up by label set and fills in the service", () => {
    const { buffer } = makeBuffer();
    buffer.count("http_requests_total", { status_code: "201", path: "/v1/orders", method: "POST" }, 1);
    buffer.count("http_requests_total", { method: "POST", path: "/v1/orders", status_code: "201" }, 2);
    buffer.count("http_requests_total", { method: "POST", path: "/v1/orders", status_code: "409" }, 1);
    const labels = { service: "orders", method: "POST", path: "/v1/orders" };
    expect(buffer.take()).toEqual([
      { type: "counter", name: "http_requests_total", labels: { ...labels, status_code: "201" }, value: 3 },
      { type: "counter", name: "http_requests_total", labels: { ...labels, status_code: "409" }, value: 1 },
    ]);
  });

  it("does not mistake label values that run into one another", () => {
    const { buffer } = makeBuffer();
    buffer.count("holdfast_saga_steps_total", { step: "a", outcome: "b\u0000c" }, 1);
    buffer.count("holdfast_saga_steps_total", { step: "a\u0000b", outcome: "c" }, 1);
    expect(buffer.take()).toHaveLength(2);
  });

  it("starts anew after a take", () => {
    const { buffer } = makeBuffer();
    buffer.count("holdfast_orders_total", { outcome: "confirmed" }, 1);
    buffer.take();
    expect(buffer.isEmpty).toBe(true);
    buffer.count("holdfast_orders_total", { outcome: "confirmed" }, 1);
    expect(buffer.take()).toMatchObject([{ value: 1 }]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("counts %d as dropped", (by) => {
    const { buffer } = makeBuffer();
    buffer.count("holdfast_orders_total", { outcome: "confirmed" }, by);
    expect(buffer.take()).toEqual([dropped(1)]);
  });

  it("keeps at most maxLabelSets of a metric and counts the rest as dropped", () => {
    const { buffer } = makeBuffer(2);
    for (const outcome of ["a", "b", "c", "d", "a"]) buffer.count("holdfast_orders_total", { outcome }, 1);
    const points = buffer.take();
    expect(points.map((point) => [point.labels["outcome"], "value" in point && point.value])).toEqual([
      ["a", 2],
      ["b", 1],
      [undefined, 2],
    ]);
    expect(points[2]).toEqual(dropped(2));
  });

  it("cuts label values at 128 characters, never leaving half a character", () => {
    const { buffer } = makeBuffer();
    buffer.count("holdfast_orders_total", { outcome: `${"x".repeat(127)}😀` }, 1);
    expect(buffer.take()[0]?.labels["outcome"]).toBe(`${"x".repeat(127)}\uFFFD`);
  });
});

describe("MetricBuffer.observe", () => {
  it("counts a sample in the first bucket whose bound it does not exceed", () => {
    const { buffer } = makeBuffer();
    for (const seconds of [0, 0.001, 0.0011, 10, 10.5]) buffer.observe("holdfast_saga_step_duration_seconds", { step: "charge" }, seconds);
    const [point] = buffer.take();
    expect(point).toMatchObject({ type: "histogram", buckets: [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1] });
    expect(point?.type === "histogram" && point.sum).toBeCloseTo(20.5021);
  });

  it("counts a negative duration as dropped", () => {
    const { buffer } = makeBuffer();
    buffer.observe("holdfast_order_duration_seconds", {}, -0.001);
    expect(buffer.take()).toEqual([dropped(1)]);
  });
});

describe("MetricBuffer.gauge", () => {
  const service = { service: "orders" };

  it("keeps the last value", () => {
    const { buffer } = makeBuffer();
    for (const value of [1, 2, 0]) buffer.gauge("http_requests_in_flight", {}, { value, part: "" });
    expect(buffer.take()).toEqual([{ type: "gauge", name: "http_requests_in_flight", labels: service, value: 0 }]);
  });

  it("sums parts or takes the greatest, as declared, over takes", () => {
    const { buffer } = makeBuffer();
    const say = (part: string, value: number) => {
      buffer.gauge("holdfast_outbox_pending", {}, { value, part });
      buffer.gauge("holdfast_outbox_oldest_age_seconds", {}, { value, part });
      return buffer.take().map((point) => "value" in point && point.value);
    };
    expect(say("one", 3)).toEqual([3, 3]);
    expect(say("two", 4)).toEqual([7, 4]);
    expect(say("two", 0)).toEqual([3, 3]);
    expect(say("one", 0)).toEqual([0, 0]);
  });

  it("forgets a part that has not spoken for the metric's time", () => {
    const { buffer, clock } = makeBuffer();
    buffer.gauge("holdfast_outbox_pending", {}, { value: 3, part: "gone" });
    clock.nowMs += 300_000;
    buffer.gauge("holdfast_outbox_pending", {}, { value: 1, part: "here" });
    expect(buffer.take()).toMatchObject([{ value: 1 }]);
  });
});
