import { OperatingError } from "../errors/operating-error.ts";

/**
 * The promise's value, or an OperatingError (retryable, the outcome is not known) after `deadlineMs`. The work itself is
 * not stopped: whoever it was asked of may still do it, so it must be idempotent. For Workers, whose timers end with the request;
 * an object takes its `Deadlines`, for the runtime keeps of a timer that was cleared until the object goes.
 */
export async function withDeadline<Value>(promise: PromiseLike<Value>, deadlineMs: number, what: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OperatingError(`${what} did not answer in ${deadlineMs} ms`, { retryable: true })), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
