/**
 * An operating failure: a timeout, a lost connection, a full queue. Thrown, never returned; a business refusal is
 * returned, never thrown. `retryable` says whether the same call may succeed later.
 */
export class OperatingError extends Error {
  readonly retryable: boolean;

  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "OperatingError";
    this.retryable = options.retryable;
  }
}

/** The text of anything that was thrown, safe for a log line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
