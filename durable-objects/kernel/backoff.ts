/** Waits between tries of something that is not a step of a saga: doubling from `baseMs` to `capMs`. */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

/** The wait after the n-th try (n from 1), ms, without jitter. */
export function backoffMs(attempts: number, { baseMs, capMs }: BackoffPolicy): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempts - 1, 0), 30));
}

/** Spreads a wait over its second half, so that what failed together does not return together. */
export function jittered(delayMs: number, random: () => number = Math.random): number {
  return Math.round(delayMs / 2 + (delayMs / 2) * random());
}
