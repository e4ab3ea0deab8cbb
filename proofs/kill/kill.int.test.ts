/** The short form of `npm run prove:kill`, for every run of the tests. */
import { expect, it } from "vitest";
import { readOptions } from "./options.ts";
import { proveKill } from "./prove-kill.ts";

const stores = process.env["HOLDFAST_POSTGRES_URL"] === undefined ? "embedded" : "auto";
const args = ["--kills", "6", "--seed", "3", "--clients", "32", "--payment", "stripe", "--stores", stores, "--settle-seconds", "200"];

it.skipIf(process.platform !== "linux")(
  "whatever is killed, nothing acknowledged is lost, sold twice or charged twice, and everything that was begun ends",
  async () => {
    const totals = await proveKill(readOptions(args), (line) => console.log(line));
    expect(totals.violations).toEqual([]);
    expect(Object.values(totals.kills).reduce((sum, count) => sum + count, 0)).toBe(6);
    // Not for want of anything to lose.
    expect(totals.restarts).toBeGreaterThanOrEqual(3);
    expect(totals.orders_confirmed).toBeGreaterThan(50);
    expect(totals.replays_checked).toBeGreaterThan(100);
  },
  300_000,
);
