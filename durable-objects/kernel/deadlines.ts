interface Waiting {
  readonly deadlineMs: number;
  readonly atMs: number;
  readonly giveUp: () => void;
}

/**
 * Bounded waiting for an actor that waits for many answers at the same time: one timer for all, because a timer for each costs more
 * than what is done with the answer. There is none while nobody waits, so that the object can hibernate.
 */
export class Deadlines {
  readonly #waiting = new Set<Waiting>();
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly atMs: number } | null = null;

  /**
   * What the promise comes to, or what `late` answers or throws when that takes longer than `deadlineMs`. The work itself is not
   * stopped.
   */
  within<Value, Late>(promise: PromiseLike<Value>, deadlineMs: number, late: () => Late): Promise<Value | Late> {
    const answer = Promise.withResolvers<Value | Late>();
    const giveUp = (): void => answer.resolve(new Promise((resolve) => resolve(late())));
    const waiting = { deadlineMs, atMs: Date.now() + deadlineMs, giveUp };
    this.#add(waiting);
    promise.then(
      (value) => {
        this.#remove(waiting);
        answer.resolve(value);
      },
      (error: unknown) => {
        this.#remove(waiting);
        answer.reject(error);
      },
    );
    return answer.promise;
  }

  #add(waiting: Waiting): void {
    this.#waiting.add(waiting);
    if (this.#timer === null || waiting.atMs < this.#timer.atMs) this.#arm(waiting);
  }

  #remove(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size === 0) this.#disarm();
  }

  /** However far the clock is set back, nobody waits longer than agreed from here. */
  #arm({ atMs, deadlineMs }: Waiting): void {
    this.#disarm();
    const delayMs = Math.min(Math.max(0, atMs - Date.now()), deadlineMs);
    this.#timer = { id: setTimeout(() => this.#ring(atMs), delayMs), atMs };
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer.id);
    this.#timer = null;
  }

  #ring(atMs: number): void {
    this.#timer = null;
    const late = [...this.#waiting].filter((waiting) => waiting.atMs <= atMs);
    for (const waiting of late) this.#waiting.delete(waiting);
    const [first, ...others] = this.#waiting;
    if (first !== undefined) this.#arm(others.reduce((earliest, waiting) => (waiting.atMs < earliest.atMs ? waiting : earliest), first));
    for (const { giveUp } of late) giveUp();
  }
}
