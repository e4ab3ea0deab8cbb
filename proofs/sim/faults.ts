/** What goes wrong, and when: by chance from a seed, or exactly where a plan says. */

/** A moment at which something may go wrong; `share` is how often it does while faults last, beside other moments. */
export type Fault = (name: string, share: number) => boolean;

export interface FaultPlan {
  readonly fault: Fault;
  /** Names of the faults that have happened, with how often. */
  readonly met: Map<string, number>;
  /** From here on nothing goes wrong any more. */
  stop(): void;
}

/** @param rate 0 to 1: how bad the weather is in this run. */
export function randomFaults(random: () => number, rate: number): FaultPlan {
  const met = new Map<string, number>();
  let lasting = true;
  const fault = (name: string, share: number): boolean => {
    if (!lasting || random() >= share * rate) return false;
    met.set(name, (met.get(name) ?? 0) + 1);
    return true;
  };
  return { fault, met, stop: () => (lasting = false) };
}

export interface PlannedFault {
  /** As the network, the disk and the queues call it: `reply lost: charge`. */
  readonly name: string;
  /** Which of them, from 1. */
  readonly occurrence: number;
  /** They are counted from this moment on, for example the second `slow: place`; without it from the beginning. */
  readonly after?: { readonly name: string; readonly occurrence: number };
  /** How many in a row, from that one on. Default 1. */
  readonly times?: number;
  /** Only those for which this holds are counted. Default: all. */
  readonly when?: () => boolean;
}

/** Exactly the faults of the plan, each where it says; `met` has those that happened. */
export function plannedFaults(planned: readonly PlannedFault[]): FaultPlan {
  const met = new Map<string, number>();
  const counts = planned.map((fault) => ({ ...fault, wait: fault.after?.occurrence ?? 0, passed: 0 }));
  let lasting = true;
  const fault = (name: string): boolean => {
    let strikes = false;
    for (const count of counts) {
      if (count.after?.name === name) count.wait -= 1;
      if (count.wait > 0 || count.name !== name || count.when?.() === false) continue;
      count.passed += 1;
      strikes ||= isHit(count);
    }
    if (!lasting || !strikes) return false;
    met.set(name, (met.get(name) ?? 0) + 1);
    return true;
  };
  return { fault, met, stop: () => (lasting = false) };
}

const isHit = ({ passed, occurrence, times = 1 }: PlannedFault & { readonly passed: number }): boolean =>
  passed >= occurrence && passed < occurrence + times;

/** Crashes at the n-th crash point of the run, for each n; nothing else goes wrong. `points` counts those that were passed. */
export function plannedCrashes(at: readonly number[]): FaultPlan & { readonly points: () => number } {
  const met = new Map<string, number>();
  let points = 0;
  let lasting = true;
  const fault = (name: string): boolean => {
    if (!lasting || !name.startsWith("crash ")) return false;
    points += 1;
    if (!at.includes(points)) return false;
    met.set(name, (met.get(name) ?? 0) + 1);
    return true;
  };
  return { fault, met, stop: () => (lasting = false), points: () => points };
}
