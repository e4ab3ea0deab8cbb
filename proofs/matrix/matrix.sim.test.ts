/** docs/CRASH-MATRIX.md is what the simulation says: `npm run check:matrix`. */
import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { matrixPath, writtenMatrix } from "./written-matrix.ts";

vi.mock("cloudflare:workers", () => import("../sim/stubs/durable-object.ts"));
vi.mock("uuid", () => import("../sim/deterministic-ids.ts"));
vi.mock("../../shared/platform/metrics.ts", () => import("../sim/stubs/metrics.ts"));
vi.mock("../../shared/platform/logger.ts", () => import("../sim/stubs/logger.ts"));

it("the crash matrix is up to date, to the last byte; `npm run matrix` writes it", async () => {
  const { markdown } = await writtenMatrix();
  expect(readFileSync(matrixPath, "utf8")).toBe(markdown);
});
