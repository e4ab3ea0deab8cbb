/**
 * `npm run simulate:shards -- [--limit 300] [--shards 1,2,4,8,16] [--rate 1000] [--seconds 20] [--reads 1000] [--hop 2] [--seed 1]`
 *
 * What a split SKU does on a platform whose objects each do `--limit` writes a second. Prints Markdown.
 */
import { parseArgs } from "node:util";
import { capacityOf, endGameOf, renderTable } from "./platform-table.ts";

const { values } = parseArgs({
  options: {
    limit: { type: "string", default: "300" },
    shards: { type: "string", default: "1,2,4,8,16" },
    rate: { type: "string", default: "1000" },
    seconds: { type: "string", default: "20" },
    reads: { type: "string", default: "1000" },
    hop: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
  },
});

const common = {
  writesPerSecond: Number(values.limit),
  readsPerSecond: Number(values.reads),
  hopMs: Number(values.hop),
  seconds: Number(values.seconds),
  paymentMs: 150,
  declinedPercent: 5,
  seed: Number(values.seed),
};
const rate = Number(values.rate);
const rows = values.shards
  .split(",")
  .map(Number)
  .map((shards) => ({
    shards,
    capacity: capacityOf({ ...common, shards }),
    endGame: endGameOf({ ...common, shards, ordersPerSecond: rate }),
  }));
console.log(renderTable(rows, { ...common, rate }));
