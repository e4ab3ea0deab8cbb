/** A bug that is put into a copy of the source on purpose, to see that a proof bites. */

/** Which proof must find it; named by what runs it. */
export type Detector =
  /** `npm run prove:sim`, its seeds; `seeds`: how many it may take, default `defaultSeeds`. */
  | { readonly kind: "sim"; readonly seeds?: number }
  /** `npm run prove:sim`, its pairs of crash points. */
  | { readonly kind: "pairs" }
  /** One file of tests. */
  | { readonly kind: "unit" | "workerd"; readonly file: string };

export interface SeededBug {
  /** Kebab-case. */
  readonly name: string;
  /** The promise that it breaks, as a sentence about what would happen to a shop. */
  readonly breaks: string;
  readonly file: string;
  /** Found exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Of several, each must find it. */
  readonly caughtBy: Detector | readonly Detector[];
}

export const detectorsOf = ({ caughtBy }: SeededBug): readonly Detector[] => [caughtBy].flat();

/** Enough for everything but the rarest; the unpatched source holds for as many. */
export const defaultSeeds = 5_000;

/** A patch that no longer fits the source proves nothing. @throws Error naming the bug. */
export function applyBug(source: string, { name, file, find, replace }: SeededBug): string {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`${name}: its place was found ${places} times in ${file}, not once`);
  return source.replace(find, () => replace);
}
