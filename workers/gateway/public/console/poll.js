/** Repeats a task while the page is visible, slower and slower while it fails. */

const maxDelayMs = 30_000;

/**
 * How long to wait before the next run.
 *
 * @param {{ intervalMs: number, failures: number, retryAfterMs?: number | null }} state `failures` in a row
 * @returns {number} ms: doubles with each failure up to 30 s, and never less than the server asked for
 */
export function delayAfter({ intervalMs, failures, retryAfterMs = null }) {
  if (failures === 0) return intervalMs;
  return Math.max(Math.min(intervalMs * 2 ** failures, Math.max(maxDelayMs, intervalMs)), retryAfterMs ?? 0);
}

/**
 * Runs `task` at once and then again and again, never twice at the same time, and not while the page is hidden.
 *
 * @param {object} options
 * @param {(signal: AbortSignal) => Promise<number | false | void>} options.task Answers false to end the polling, or ms until the next run
 * @param {number} options.intervalMs
 * @param {(failure: { error: unknown, retryInMs: number }) => void} options.onFailure
 * @returns {{ poke: () => void, stop: () => void }} `poke` runs it now, or once more when it is running
 */
export function startPolling({ task, intervalMs, onFailure }) {
  const stopping = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let failures = 0;
  let isRunning = false;
  let isPoked = false;

  const attempt = async () => {
    try {
      const next = await task(stopping.signal);
      failures = 0;
      return next ?? intervalMs;
    } catch (error) {
      failures += 1;
      const retryInMs = delayAfter({ intervalMs, failures, retryAfterMs: retryAfterOf(error) });
      if (!stopping.signal.aborted) onFailure({ error, retryInMs });
      return retryInMs;
    }
  };

  const run = async () => {
    clearTimeout(timer);
    if (stopping.signal.aborted || document.hidden) return;
    isPoked = isRunning;
    if (isRunning) return;
    isRunning = true;
    const delayMs = await attempt();
    isRunning = false;
    if (delayMs === false) stopping.abort();
    else if (!stopping.signal.aborted) timer = setTimeout(start, isPoked ? 0 : delayMs);
  };
  const start = () => void run();

  document.addEventListener("visibilitychange", start, { signal: stopping.signal });
  start();
  return {
    poke: start,
    stop: () => {
      clearTimeout(timer);
      stopping.abort();
    },
  };
}

/** @param {unknown} error @returns {number | null} */
const retryAfterOf = (error) =>
  typeof error === "object" && error !== null && "retryAfterMs" in error && typeof error.retryAfterMs === "number"
    ? error.retryAfterMs
    : null;
