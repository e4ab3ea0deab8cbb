/**
 * The shop is alive while it is audited. What disagrees is looked at again, the order first and its neighbours after it, until
 * it has either persisted at an unchanged version of the order or gone away. When much disagrees, as much of it as there is time
 * for; the page ends there, and the rest is for the next one.
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

/** Wait before the second look, and before each of those after it, ms. */
const firstWaitMs = 50;
const laterWaitsMs = [250, 1_000] as const;
/** Subjects that are looked at again whatever the time is, so that every page gets somewhere. */
const leastSubjects = 25;
/** How much larger the next batch may be than the one before it, by which its time is foreseen. */
const growth = 4;

export interface Confirmed {
  readonly standing: readonly Examination[];
  /** Subjects that were moving, so that nothing can be said of them. */
  readonly undecided: number;
  /** How many of the groups this is about, from the first on; of the others nothing is known. */
  readonly looked: number;
}

/** @param subjects Never none. */
export type LookAgain = (subjects: readonly string[]) => Promise<readonly Examination[]>;

/**
 * @param groups First looks, in the order in which the audit goes through its subjects; a page does not end within a group.
 * @param again Looks at the subjects once more. Each is looked at once at least; more often while there is time.
 */
export async function confirm(groups: readonly (readonly Examination[])[], again: LookAgain, time: AuditTime): Promise<Confirmed> {
  const { now, sleep, untilMs } = time;
  const suspects = groups.map((group) => group.filter(isSuspect).map((examination): Suspect => ({ examination, looks: 0 })));
  const { tookMs, looked, ...first } = await lookInBatches(suspects, again, time);
  let { open, undecided } = first;
  for (const waitMs of looked < groups.length ? [] : laterWaitsMs) {
    if (open.length === 0 || now() + waitMs + tookMs > untilMs) break;
    await sleep(waitMs);
    const look = await lookOnce(open, again);
    open = look.open;
    undecided += look.undecided;
  }
  const standing = open.filter(({ looks }) => looks > 0).map(({ examination }) => examination);
  return { standing, undecided: undecided + open.length - standing.length, looked };
}

interface Suspect {
  readonly examination: Examination;
  /** How many looks after the first have found the same. */
  readonly looks: number;
}

/** The second look, at as many groups as should fit into the time, judged by how long the batch before took. */
async function lookInBatches(groups: readonly (readonly Suspect[])[], again: LookAgain, { now, sleep, untilMs }: AuditTime) {
  const open: Suspect[] = [];
  let [undecided, looked, tookMs] = [0, 0, 0];
  for (let size = leastSubjects; looked < groups.length && size >= 1;) {
    const end = endOfBatch(groups, looked, size);
    const batch = groups.slice(looked, end).flat();
    looked = end;
    if (batch.length === 0) break;
    if (tookMs === 0) await sleep(firstWaitMs);
    const beganMs = now();
    const look = await lookOnce(batch, again);
    open.push(...look.open);
    undecided += look.undecided;
    const batchMs = Math.max(1, now() - beganMs);
    tookMs += batchMs;
    size = Math.min(batch.length * growth, Math.floor(((untilMs - now()) * batch.length) / batchMs));
  }
  return { open, undecided, looked, tookMs };
}

/** Whole groups, with at most so many suspects in all; one group with suspects at least, and the clean ones after it. */
function endOfBatch(groups: readonly (readonly Suspect[])[], begin: number, size: number): number {
  let count = 0;
  const full = groups.findIndex((group, index) => {
    if (index < begin || group.length === 0) return false;
    if (count > 0 && count + group.length > size) return true;
    count += group.length;
    return false;
  });
  return full < 0 ? groups.length : full;
}

async function lookOnce(suspects: readonly Suspect[], again: LookAgain): Promise<{ open: Suspect[]; undecided: number }> {
  const looks = new Map((await again(suspects.map(({ examination }) => examination.subject))).map((look) => [look.subject, look]));
  const open = suspects.flatMap(({ examination, looks: before }) => compareLooks(examination, looks.get(examination.subject), before));
  return { open, undecided: [...looks.values()].filter(({ inFlight }) => inFlight).length };
}

/** The subject with one look more; at a new version, with none; nothing when it is well, or in flight. */
function compareLooks(before: Examination, now: Examination | undefined, looks: number): Suspect[] {
  if (now === undefined) return [];
  const same = persisting(before, now);
  if (isSuspect(same)) return [{ examination: same, looks: looks + 1 }];
  return before.version !== now.version && isSuspect(now) ? [{ examination: now, looks: 0 }] : [];
}
