import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { metricDefinitions } from "../shared/platform/metric-definitions.ts";

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");
const promtool = (...args: string[]) => spawnSync("promtool", args, { cwd: new URL(".", import.meta.url), encoding: "utf8" });

it.each(["alerts.yml", "alerts.test.yml", "grafana-dashboard.json"])("%s speaks of declared metrics only", (file) => {
  const spokenOf = [...read(file).matchAll(/\b(?:http_request|holdfast)s?_[a-z_]+/g)].map(([name]) =>
    name.replace(/_(bucket|sum|count)$/, ""),
  );
  expect(spokenOf.length).toBeGreaterThan(5);
  expect(spokenOf.filter((name) => !Object.hasOwn(metricDefinitions, name))).toEqual([]);
});

it("docs/ALERTS.md says what to do about each alert, and alerts.test.yml tries each, with nothing firing and with it firing", () => {
  const alerts = [...read("alerts.yml").matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(alerts.length).toBeGreaterThan(5);
  expect([...read("../docs/ALERTS.md").matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name).sort()).toEqual(alerts.toSorted());
  const fired = [...read("alerts.test.yml").matchAll(/alertname: (\w+)\n\s+exp_alerts:/g)].map(([, name]) => name);
  const silent = [...read("alerts.test.yml").matchAll(/alertname: (\w+) \}/g)].map(([, name]) => name);
  expect([alerts.filter((name) => !fired.includes(name)), alerts.filter((name) => !silent.includes(name))]).toEqual([[], []]);
});

it.skipIf(promtool("--version").status !== 0).each([
  ["check", "config", "prometheus.yml"],
  ["test", "rules", "alerts.test.yml"],
])("promtool %s %s %s succeeds", (...args) => {
  const { status, stdout, stderr } = promtool(...args);
  expect(status, stdout + stderr).toBe(0);
});
