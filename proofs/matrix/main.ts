/** `npm run matrix`: writes docs/CRASH-MATRIX.md. `npm run check:matrix`: exit code 1 when it is out of date. */
import "../sim/install-stubs.ts";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { nodeProcess } from "../shared/node-process.ts";

const { matrixPath, writtenMatrix } = await import("./written-matrix.ts");

const startedMs = performance.now();
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const { markdown, cells } = await writtenMatrix();
const totals = `matrix  ${cells} runs, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;

if (!values.check) {
  writeFileSync(matrixPath, markdown);
  console.log(`${totals}: written`);
} else if (readFileSync(matrixPath, "utf8") === markdown) {
  console.log(`${totals}: docs/CRASH-MATRIX.md is what the simulation says`);
} else {
  console.error(`${totals}: docs/CRASH-MATRIX.md is out of date; run \`npm run matrix\` and read what has changed`);
  nodeProcess.exitCode = 1;
}
