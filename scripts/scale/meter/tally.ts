/** What one isolate has counted, handed to the process outside as lines on the console. */

/** Before the JSON of a line that carries counts: `{ "<meter>/<detail>": n }`, what was added since the line before. */
export const tallyMark = "@tally ";

const plainConsole = console.debug.bind(console);
const plainStringify = JSON.stringify.bind(JSON);
let pending: Record<string, number> = {};
let isFlushing = false;

/**
 * Adds to a count. The line is written at the end of the turn.
 *
 * @param meter What is counted, such as `row written`.
 * @param detail Of what or by whom, such as `OrderActor`.
 */
export function count(meter: string, detail: string, amount = 1): void {
  const key = `${meter}/${detail}`;
  pending[key] = (pending[key] ?? 0) + amount;
  if (isFlushing) return;
  isFlushing = true;
  queueMicrotask(flush);
}

function flush(): void {
  const counted = pending;
  pending = {};
  isFlushing = false;
  plainConsole(tallyMark + plainStringify(counted));
}
