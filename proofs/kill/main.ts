/** `npm run prove:kill`. Ends with 1 when anything was lost, doubled or forgotten. */
import { writeFile } from "node:fs/promises";
import { readOptions } from "./options.ts";
import { proveKill } from "./prove-kill.ts";
import { describeTotals, sumOf } from "./totals.ts";

try {
  const options = readOptions(process.argv.slice(2));
  const totals = await proveKill(options, (line) => console.log(line));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(totals, null, 2)}\n`);
  if (totals.evidence !== null)
    console.log(`Again with: npm run prove:kill -- --seed ${totals.seed}. The state and the logs: ${totals.evidence}`);
  console.log(describeTotals(totals));
  process.exit(totals.violations.length === 0 && sumOf(totals.kills) > 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
