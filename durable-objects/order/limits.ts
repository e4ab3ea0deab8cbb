/** How long an order waits for what. Milliseconds. */
export const limits = {
  /** One call of a step, ARCHITECTURE.md "When an answer is lost". */
  stepDeadlineMs: 2_000,
  /** An order that was accepted and whose run died with its isolate is taken up again this long after. */
  resumeAfterMs: 15_000,
  /** A run that failed by a defect is tried again after this. */
  defectDelayMs: 60_000,
  /** A request that began and never finished may run again after this. */
  requestLeaseMs: 30_000,
  /** A joined call is answered so long after the first order that it placed: most end in the same turn, and none is to wait for a slow card. */
  joinedPatienceMs: 20,
  /** A joined call is answered after this long even if none of its orders was. */
  joinedWaitMs: 1_000,
  /** Orders that one alarm takes up at once. */
  alarmPortion: 50,
} as const;
