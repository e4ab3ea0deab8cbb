/** The matrix as Markdown. */
import { faultsAt } from "./faults-at.ts";
import { matrixJourneys, type Journey } from "./journeys.ts";
import { journeyTitled, outages, outagesLastMs } from "./outages.ts";
import { runJourney, type MatrixFault, type Outcome } from "./run-journey.ts";

export interface Matrix {
  /** Not yet formatted. */
  readonly markdown: string;
  readonly cells: number;
}

/** Runs every cell. @throws Error naming the cell that ended as none may. */
export async function renderMatrix(): Promise<Matrix> {
  const journeys: string[] = [];
  let cells = 0;
  for (const journey of matrixJourneys) {
    const rows = await journeyRows(journey);
    cells += rows.length;
    journeys.push(`## ${journey.title}\n\n${journey.text}\n\n${table(["step", "what goes wrong"], rows)}`);
  }
  const gone = await outageRows();
  cells += gone.length;
  const text = "Every request to the neighbour is lost, from the moment when the order, or the change, is asked for.";
  journeys.push(`## A neighbour that is gone for a while\n\n${text}\n\n${table(["gone", "for", "journey"], gone)}`);
  return { markdown: [introduction(cells), ...journeys].join("\n\n"), cells };
}

type Row = readonly string[];

async function journeyRows(journey: Journey): Promise<readonly Row[]> {
  const { given, from } = journey;
  const rows: Row[] = [["", "nothing", ...cellsOf(await run(journey, given, "nothing"))]];
  for (const step of journey.steps) {
    let name = step.name;
    for (const place of step.places) {
      for (const fault of faultsAt(place)) {
        const writes = place.kind === "order commit" ? place.writes : undefined;
        const planned = { name: fault.name, occurrence: place.nth, after: from, writes };
        rows.push([name, fault.words, ...cellsOf(await run(journey, [...given, planned], `${step.name}, ${fault.words}`))]);
        // The step is named once.
        name = "";
      }
    }
  }
  return rows;
}

async function outageRows(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { neighbour, faults, journeys } of outages) {
    for (const journey of journeys.map(journeyTitled)) {
      for (const lastMs of outagesLastMs) {
        const outcome = await runOutage(journey, faults, lastMs);
        rows.push([neighbour, duration(lastMs), journey.title, ...cellsOf(outcome)]);
      }
    }
  }
  return rows;
}

async function runOutage(journey: Journey, faults: readonly string[], lastMs: number): Promise<Outcome> {
  const { askedAtMs } = await runJourney(journey, []);
  const planned = faults.map((name) => ({ name, occurrence: 1, times: Infinity, after: journey.from }));
  // Not every kind of call is on every journey.
  return runJourney(journey, planned, { faultsLastMs: askedAtMs + lastMs, mayMiss: true });
}

async function run(journey: Journey, faults: readonly MatrixFault[], what: string): Promise<Outcome> {
  try {
    return await runJourney(journey, faults);
  } catch (error) {
    throw new Error(`${journey.title}; ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const columns = ["the caller sees", "it ends as", "after", "all told after", "taken / back", "held / sold"];

function cellsOf(outcome: Outcome): Row {
  const { end, endedAfterMs, toldAfterMs, takenMinor, givenBackMinor, heldUnits, soldUnits } = outcome;
  const money = `${takenMinor} / ${givenBackMinor}`;
  return [seen(outcome), end, duration(endedAfterMs), duration(toldAfterMs), money, `${heldUnits} / ${soldUnits}`];
}

const seen = ({ answers }: Outcome): string =>
  answers
    .map(({ answer, afterMs, times }) => `${answer} after ${duration(afterMs)}${times === 1 ? "" : ` (${times} times)`}`)
    .join("; then ");

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${rounded(ms / 1_000)} s` : `${rounded(ms / 60_000)} min`;
}

const rounded = (value: number): number => Number(value.toFixed(1));

function table(own: readonly string[], rows: readonly Row[]): string {
  const head = [...own, ...columns];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const introduction = (cells: number): string => `# Crash matrix

What a caller sees, and what becomes of the order, when exactly one thing goes wrong at exactly one step. Every line is one run of the
shipped actors in the deterministic simulation (\`proofs/sim\`), ${cells} in all, and \`npm run matrix\` writes this file from them;
\`npm run check:matrix\` and the tests say when it is out of date. Edit \`proofs/matrix\`, not this file.

- Time is virtual. Every hop takes 8 ms and what is lost is never answered, so a time says how often something was waited for and tried
  again, not how fast a machine is. Times count from the first question of the caller whom the section is about.
- The caller asks again under the same Idempotency-Key, 3 s after an answer that was not the last one (2.5 s for a change), and gives an
  answer up after 10 s. Statuses are those of the HTTP API.
- _All told after_: the projector and the notifier have the last event, and the stock actors what concerns them. _Taken / back_: minor units at the provider's own books; the
  order is 2 x 500 + 1 x 300. _Held / sold_: units at the stock actors' own books, when everything has come to rest.
- Every run is also held against the rules of \`npm run prove:sim\`: one charge for what was sold, nothing kept or held for what was not,
  one answer for one key, each end told once.`;
