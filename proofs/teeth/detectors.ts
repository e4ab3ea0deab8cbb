/** Runs one detector on a copy of the source, with or without a bug in it, and says what it found. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeProcess } from "../shared/node-process.ts";
import type { Verdict } from "./run-simulation.ts";
import { defaultSeeds, type Detector } from "./seeded-bug.ts";

/** Every how many pairs of crash points one is run; every single crash point is, always. */
const pairsEvery = 20;
/** A detector that takes longer has found nothing. Milliseconds. */
const timeLimitMs = 600_000;

export function detect(root: string, detector: Detector): Promise<Verdict> {
  switch (detector.kind) {
    case "sim":
      return simulate(root, ["seeds", String(detector.seeds ?? defaultSeeds)]);
    case "pairs":
      return simulate(root, ["pairs", String(pairsEvery)]);
    case "unit":
    case "workerd":
      return runTests(root, detector.kind, [detector.file]);
  }
}

async function simulate(root: string, args: readonly string[]): Promise<Verdict> {
  const { output, ended } = await run(root, ["proofs/teeth/run-simulation.ts", ...args]);
  const line = output.trim().split("\n").at(-1) ?? "";
  if (!ended) return { kind: "held", after: "the time limit" };
  return line.startsWith("{") ? (JSON.parse(line) as Verdict) : { kind: "broken", what: output.trim().slice(-300) };
}

interface TestReport {
  readonly numTotalTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly { readonly message: string; readonly assertionResults: readonly TestResult[] }[];
}

interface TestResult {
  readonly status: string;
  readonly fullName: string;
}

/** Only a test that ran and failed has found something; a file that cannot be loaded has not. */
export async function runTests(root: string, project: "unit" | "workerd", files: readonly string[]): Promise<Verdict> {
  const report = join(root, "teeth-report.json");
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", project, "--reporter=json", `--outputFile=${report}`, ...files];
  const { output, ended } = await run(root, vitest);
  if (!ended) return { kind: "held", after: "the time limit" };
  const result = readReport(report);
  if (result === null || result.numTotalTests === 0) return { kind: "broken", what: output.trim().slice(-300) };
  const failed = result.testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === "failed");
  if (failed !== undefined)
    return { kind: "found", after: `${result.numFailedTests} of ${result.numTotalTests} tests`, what: failed.fullName };
  if (result.success) return { kind: "held", after: `${result.numTotalTests} tests` };
  return { kind: "broken", what: result.testResults.map(({ message }) => message).join(" ") };
}

function readReport(path: string): TestReport | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as TestReport;
  } catch {
    return null;
  }
}

/** `ended` false: it was stopped at the time limit. */
function run(root: string, args: readonly string[]): Promise<{ readonly output: string; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn(nodeProcess.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let ended = true;
    const timer = setTimeout(() => {
      ended = false;
      child.kill("SIGKILL");
    }, timeLimitMs);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      resolve({ output, ended });
    });
  });
}
