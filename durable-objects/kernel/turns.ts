/**
 * Moments at which work goes on together. What waits for the next turn goes on in the same turn of the event loop as all else
 * that waits for it, so the platform makes one commit of what it all writes, and what it then asks of a neighbour can be joined
 * into one call. A turn comes when the runtime has taken in what has already arrived: nobody waits for what has not.
 */
export class Turns {
  #next: Promise<void> | null = null;

  /** The next turn. */
  next(): Promise<void> {
    return (this.#next ??= this.#open());
  }

  async #open(): Promise<void> {
    // A timer rings after the requests and replies that are there already have been handed out.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#next = null;
  }
}
