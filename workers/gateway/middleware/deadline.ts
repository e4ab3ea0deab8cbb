/** No request waits longer than the deadline, whatever is slow behind the gateway. */
import { ProblemError } from "../problem-error.ts";

/**
 * What the work does, or a 503 `unavailable` with Retry-After when the deadline has passed. The work itself is not undone: what
 * it began goes on in its actor, and the same Idempotency-Key finds it.
 * `frameRequest` makes a 408 of it when it was the client that was slow: its body had not come.
 *
 * @throws ProblemError `unavailable`, and whatever the work throws in time. What it throws later is dropped, since nobody waits for it.
 */
export function withinDeadline(work: Promise<void>, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ProblemError("unavailable", { detail: "The answer did not come in time" })), deadlineMs);
    work.then(
      () => {
        clearTimeout(timer);
        resolve();
      },
      (error: unknown) => {
        clearTimeout(timer);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handed on as it came
        reject(error);
      },
    );
  });
}
