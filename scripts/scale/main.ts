/** `npm run scale`: counts, and writes the figures of docs/SCALE.md. `npm run check:scale`: exit code 1 when it is out of date. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { countOrders } from "./count-orders.ts";
import { scalePath, writtenScale } from "./written-scale.ts";

const startedMs = performance.now();
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const document = readFileSync(scalePath, "utf8");
const written = await writtenScale(document, await countOrders());
const totals = `scale  ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;

if (!values.check) {
  writeFileSync(scalePath, written);
  console.log(`${totals}: written`);
} else if (document === written) {
  console.log(`${totals}: docs/SCALE.md is what the counts and the price list say`);
} else {
  console.error(`${totals}: docs/SCALE.md is out of date; run \`npm run scale\` and read what has changed`);
  process.exitCode = 1;
}
