import { OperatingError } from "../errors/operating-error.ts";

/**
 * The promise's value, or an OperatingError (retryable, the outcome is not known) after `deadlineMs`. The work itself is
 * not stopped: whoever it was asked of may still do it, so it must be idempotent.
 */
export async function withDeadline<Value>(promise: PromiseLike<Value>, deadlineMs: number, what: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(noAnswerIn(deadlineMs, what)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}

/** That an answer did not come in time: it may have been done all the same. */
export const noAnswerIn = (deadlineMs: number, what: string): OperatingError =>
  new OperatingError(`${what} did not answer in ${deadlineMs} ms`, { retryable: true });
