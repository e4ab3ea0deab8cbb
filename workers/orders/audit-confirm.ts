/**
 * The shop is alive while it is audited. What disagrees is looked at again, the order first and its neighbours after it, until
 * it has either persisted at an unchanged version of the order or gone away.
 */
import { isSuspect, persisting, type Examination } from "../../shared/domain/audit/finding.ts";

export interface AuditClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface AuditTime extends AuditClock {
  /** When the audit must have answered, ms since the epoch. */
  readonly untilMs: number;
}

/** Waits before each look, ms. */
const waitsMs = [50, 250, 1_000] as const;

export interface Confirmed {
  readonly standing: readonly Examination[];
  /** Subjects that were moving, so that nothing can be said of them. */
  readonly undecided: number;
}

/**
 * @param again Looks at the subjects once more. One look at least is taken; more while there is time.
 */
export async function confirm(
  suspects: readonly Examination[],
  again: (subjects: readonly string[]) => Promise<readonly Examination[]>,
  { now, sleep, untilMs }: AuditTime,
): Promise<Confirmed> {
  let open = suspects.filter(isSuspect).map((examination) => ({ examination, looks: 0 }));
  let undecided = 0;
  for (const [index, waitMs] of waitsMs.entries()) {
    if (open.length === 0 || (index > 0 && now() + waitMs > untilMs)) break;
    await sleep(waitMs);
    const looks = new Map((await again(open.map(({ examination }) => examination.subject))).map((look) => [look.subject, look]));
    undecided += [...looks.values()].filter(({ inFlight }) => inFlight).length;
    open = open.flatMap(({ examination, looks: before }) => compareLooks(examination, looks.get(examination.subject), before));
  }
  const standing = open.filter(({ looks }) => looks > 0).map(({ examination }) => examination);
  return { standing, undecided: undecided + open.length - standing.length };
}

/** The subject with one look more; at a new version, with none; nothing when it is well, or in flight. */
function compareLooks(before: Examination, now: Examination | undefined, looks: number) {
  if (now === undefined) return [];
  const same = persisting(before, now);
  if (isSuspect(same)) return [{ examination: same, looks: looks + 1 }];
  return before.version !== now.version && isSuspect(now) ? [{ examination: now, looks: 0 }] : [];
}
