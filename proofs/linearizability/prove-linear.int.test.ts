/** The short form of `npm run prove:linear`: the real stock actor under concurrent clients and kill -9. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../shared/random.ts";
import { overlaidBugs, withBug } from "./faulty-stock.ts";
import { HttpStock } from "./http-stock.ts";
import { proveLinear } from "./prove-linear.ts";
import { shortLives } from "./record-histories.ts";

const random = seededRandom(20_261_121);
let stateDir: string;
let shop: HttpStock;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-linear-"));
  shop = new HttpStock({ stateDir, random: random.fork("kills") });
});
afterAll(async () => {
  await shop.kill();
  await rm(stateDir, { recursive: true, force: true });
});

describe.skipIf(process.platform !== "linux")("the stock of a SKU", () => {
  it("is linearizable, also across kills", async () => {
    const result = await proveLinear({ target: shop, random, goOn: (kills) => kills < 2, run: "real", size: shortLives });
    expect(result).toMatchObject({ ok: true, totals: { kills: 2 } });
    expect(result.totals.histories).toBeGreaterThanOrEqual(3);
    expect(result.totals.operations).toBeGreaterThan(100);
    expect(result.totals.unknown).toBeGreaterThan(0);
  }, 180_000);

  it.each(overlaidBugs)(
    "would not be with %s",
    async (bug) => {
      const target = withBug(shop, { bug, random: random.fork(bug) });
      const size = { ...shortLives, calls: { min: 300, max: 300 } };
      const result = await proveLinear({ target, random, goOn: () => false, run: bug, size });
      expect(result).toMatchObject({ ok: false, verdict: { kind: "violated" } });
    },
    60_000,
  );
});
