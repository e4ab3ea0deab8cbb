/**
 * `npm run scale`: counts, and writes the figures of docs/SCALE.md. `npm run check:scale`: exit code 1 when it is out of date. Both count again
 * when a run says something else than the document, and give up with exit code 1 when the machine is too busy to count.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runMain } from "../../local/run-main.ts";
import { countForDocument } from "./count-for-document.ts";
import { scalePath, writtenScale } from "./written-scale.ts";

await runMain(async () => {
  const startedMs = performance.now();
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  const document = readFileSync(scalePath, "utf8");
  const written = await writtenScale(document, await countForDocument(document, (line) => console.error(line)));
  const totals = `scale  ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
  if (values.check && document !== written)
    throw new Error(`${totals}: docs/SCALE.md is out of date; run \`npm run scale\` and read what has changed`);
  if (!values.check) writeFileSync(scalePath, written);
  console.log(`${totals}: ${values.check ? "docs/SCALE.md is what the counts and the price list say" : "written"}`);
});
