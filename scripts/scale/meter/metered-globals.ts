/** What every isolate shares: its console, `fetch`, `scheduler.wait` and clock, counted. */
import { count } from "./tally.ts";

/** Times in a line differ from run to run; their digits are not to count. */
const timesInLine = /"duration_ms":\d+/g;

/**
 * Called before the Worker's own code is loaded, which then finds nothing else.
 *
 * @param worker The Worker's name, as the detail of what is counted.
 */
export function meterGlobals(worker: string): void {
  meterConsole(worker);
  meterFetch(worker);
  stretchTimeouts();
}

/** What a busy machine delays is waited for: a call that is given up is made again, and would be counted twice. */
function stretchTimeouts(): void {
  const plainTimeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => plainTimeout(ms * 20);
}

function meterConsole(worker: string): void {
  for (const level of ["debug", "info", "warn", "error", "log"] as const) {
    const write = console[level].bind(console);
    console[level] = (...parts: unknown[]) => {
      count("log line", worker);
      count("log byte", worker, utf8Length(parts.map(String).join(" ").replace(timesInLine, '"duration_ms":0')));
      write(...parts);
    };
  }
}

export const utf8Length = (text: string): number => new TextEncoder().encode(text).byteLength;

/** Postgres over HTTP has its statements in the body and its row counts in the answer; Redis over HTTP has commands alone. */
function meterFetch(worker: string): void {
  const plainFetch = globalThis.fetch.bind(globalThis);
  globalThis.fetch = async (...request) => {
    const [input, init] = request;
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    const isPostgres = new URL(input instanceof Request ? input.url : input).pathname === "/sql";
    const response = await plainFetch(...request);
    if (isPostgres) await countPostgres(worker, body, response.clone());
    else countRedis(worker, body);
    return response;
  };
}

interface PostgresResult {
  readonly command: string;
  readonly rowCount: number | null;
}

async function countPostgres(worker: string, body: unknown, response: Response): Promise<void> {
  const asked = body as { readonly queries?: readonly unknown[] };
  const answer = (await response.json()) as { readonly results?: readonly PostgresResult[] } & PostgresResult;
  count("postgres round trip", worker);
  count("postgres statement", worker, asked.queries?.length ?? 1);
  const writes = (answer.results ?? [answer]).filter(({ command }) => command !== "SELECT");
  count(
    "postgres row written",
    worker,
    writes.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0),
  );
}

function countRedis(worker: string, body: unknown): void {
  const isPipeline = Array.isArray(body) && Array.isArray(body[0]);
  count("redis command", worker, isPipeline ? body.length : 1);
}

let countsWaits = false;

/** An object that waits is billed for it. Called by the first object of an isolate: at its start workerd does not let the scheduler be touched. */
export function meterWaits(className: string): void {
  if (countsWaits) return;
  countsWaits = true;
  const { scheduler } = globalThis as unknown as { readonly scheduler: { wait: (ms: number, options?: object) => Promise<void> } };
  const plainWait = scheduler.wait.bind(scheduler);
  scheduler.wait = (ms, options) => {
    count("waited ms", className, ms);
    return plainWait(ms, options);
  };
}

/**
 * The clock stands still from now on, so that times which are stored and sent are as long in every run, and so is what holds
 * them. Timers go on.
 */
export function stopClock(): void {
  const nowMs = Date.now();
  Date.now = () => nowMs;
}
