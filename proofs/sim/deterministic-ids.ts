/** Stands in for the package `uuid` in the simulator, so that a seed replays to the last byte. */
let made = 0;

/** UUIDv7 in form: counted, not made of time and chance. */
export const v7 = (): string => `00000000-0000-7000-8000-${(made++).toString(16).padStart(12, "0")}`;

/** Begins to count again: call it before each run. */
export function deterministicIds(): void {
  made = 0;
}
