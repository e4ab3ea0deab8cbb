/** The short form of `npm run prove:sim`. A failing seed prints itself: `npm run prove:sim -- --seed N` replays it alone. */
import { expect, it, vi } from "vitest";
import { proveEveryPair } from "./pairs.ts";
import { missing, proveSeeds } from "./seeds.ts";

vi.mock("cloudflare:workers", () => import("./stubs/durable-object.ts"));
vi.mock("uuid", () => import("./deterministic-ids.ts"));
vi.mock("../../shared/platform/metrics.ts", () => import("./stubs/metrics.ts"));
vi.mock("../../shared/platform/logger.ts", () => import("./stubs/logger.ts"));

it("whatever fails: every order ends, what is sold is paid once, what is not keeps nothing, and everybody is told", async () => {
  const totals = await proveSeeds({ first: 1, count: 2_000 });
  expect(missing(totals)).toEqual([]);
}, 300_000);

it("a crash at any point, and at any other point after it, changes nothing of that", async () => {
  const { pairs } = await proveEveryPair({ only: 20 });
  expect(pairs).toBeGreaterThan(5_000);
}, 300_000);
