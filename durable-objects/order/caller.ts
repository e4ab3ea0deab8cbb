/** Who waits for the answer to a command that places an order. */
export interface Caller {
  /** Hears that this command has placed the order, as soon as that is on disk. */
  readonly onBegun: () => void;
  /** Whether what comes of it can still be answered. */
  readonly isThere: () => boolean;
}

/** One that waits for nothing but the answer, as long as the command says. */
export const loneCaller: Caller = { onBegun: () => undefined, isThere: () => true };
