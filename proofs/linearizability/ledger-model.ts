/**
 * The stock ledger of one SKU as one clerk with one book would keep it. Written apart from the shipped `decide` on purpose, and in
 * other terms (the levels are always counted from the holds), so that the two can disagree.
 */
import type { Model } from "./check-history.ts";

export interface Levels {
  readonly on_hand: number;
  readonly reserved: number;
  readonly available: number;
  readonly sold: number;
  readonly received: number;
}

export type LedgerInput =
  | { readonly kind: "read" }
  /** `id` is the idempotency key. */
  | { readonly kind: "receive"; readonly id: string; readonly quantity: number }
  /** By an operator, who is told the levels; `id` is the reservation's. */
  | { readonly kind: "reserve" | "release"; readonly id: string; readonly quantity: number }
  /** By an order, whose customer is not told the levels; and the sale that follows at some time. */
  | { readonly kind: "order" | "sell"; readonly id: string; readonly quantity: number };

export type LedgerOutput =
  | { readonly kind: "levels"; readonly levels: Levels }
  | { readonly kind: "out_of_stock"; readonly available: number }
  | { readonly kind: "conflict" }
  | { readonly kind: "done" }
  /** An answer that this ledger never gives. */
  | { readonly kind: "other"; readonly status: number; readonly code: string };

type HoldState = "held" | "released" | "sold";

export interface Book {
  readonly deliveries: ReadonlyMap<string, number>;
  readonly holds: ReadonlyMap<string, { readonly quantity: number; readonly state: HoldState }>;
}

export const emptyBook: Book = { deliveries: new Map(), holds: new Map() };

/** What the clerk does and says; null when he has nothing to do it with: a sale of what is not held has to wait. */
export function keepBook(book: Book, input: LedgerInput): { readonly book: Book; readonly output: LedgerOutput } | null {
  if (input.kind === "read") return tellLevels(book);
  const { id, quantity } = input;
  const hold = book.holds.get(id);
  const write = (state: HoldState): Book => ({ ...book, holds: new Map(book.holds).set(id, { quantity, state }) });
  const differs = hold !== undefined && hold.quantity !== quantity;
  switch (input.kind) {
    case "receive":
      return tellLevels(book.deliveries.has(id) ? book : { ...book, deliveries: new Map(book.deliveries).set(id, quantity) });
    case "release":
      return differs || hold?.state === "sold" ? refuse(book, { kind: "conflict" }) : tellLevels(write("released"));
    case "sell":
      return hold?.state === "held" ? { book: write("sold"), output: { kind: "done" } } : null;
    case "reserve":
    case "order": {
      if (differs || hold?.state === "released") return refuse(book, { kind: "conflict" });
      const { available } = countLevels(book);
      if (hold === undefined && available < quantity) return refuse(book, { kind: "out_of_stock", available });
      const after = hold === undefined ? write("held") : book;
      return input.kind === "order" ? { book: after, output: { kind: "done" } } : tellLevels(after);
    }
  }
}

const tellLevels = (book: Book) => ({ book, output: { kind: "levels" as const, levels: countLevels(book) } });
const refuse = (book: Book, output: LedgerOutput) => ({ book, output });

export function countLevels({ deliveries, holds }: Book): Levels {
  const units = (state: HoldState): number => sum([...holds.values()].map((hold) => (hold.state === state ? hold.quantity : 0)));
  const received = sum([...deliveries.values()]);
  const [reserved, sold] = [units("held"), units("sold")];
  return { on_hand: received - sold, reserved, available: received - sold - reserved, sold, received };
}

const sum = (units: readonly number[]): number => units.reduce((total, each) => total + each, 0);

/** The clerk, for the checker. One for each history: it remembers the names that occur in it. */
export function createLedgerModel(): Model<Book, LedgerInput, LedgerOutput> {
  const names = new Numbers();
  const entries = new Numbers();
  const keys = new WeakMap<Book, string>();
  return {
    initial: emptyBook,
    step(book, input, output) {
      const done = keepBook(book, input);
      return done !== null && (output === undefined || sameOutput(done.output, output)) ? done.book : null;
    },
    key(book) {
      const known = keys.get(book);
      if (known !== undefined) return known;
      // One place for each name, so that the order in which things were written makes no difference.
      const places: number[] = [];
      for (const id of book.deliveries.keys()) places[names.of(id)] = 1;
      for (const [id, { quantity, state }] of book.holds) places[names.of(id)] = 2 + entries.of(`${quantity} ${state}`);
      const key = places.join();
      keys.set(book, key);
      return key;
    },
  };
}

/** Gives each text a number, always the same one. */
class Numbers {
  readonly #known = new Map<string, number>();

  of(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.#known.size);
    return this.#known.size - 1;
  }
}

function sameOutput(one: LedgerOutput, other: LedgerOutput): boolean {
  if (one.kind === "levels" && other.kind === "levels") {
    const { levels } = other;
    return Object.entries(one.levels).every(([column, units]) => levels[column as keyof Levels] === units);
  }
  if (one.kind === "out_of_stock" && other.kind === "out_of_stock") return one.available === other.available;
  return one.kind === other.kind && one.kind !== "other";
}
