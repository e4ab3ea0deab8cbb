/**
 * The orders that wait at an object of a SKU for units, in the order in which they came. They are in memory alone: one that is
 * forgotten by a crash is asked for again by its order. While a request is on its way others may join the line; what comes back
 * speaks of those who were there when it left.
 */
import type { Verdict } from "./round.ts";

export interface Waiting<Item> {
  readonly item: Item;
  readonly quantity: number;
  /** How many requests have been sent for it. */
  readonly asked: number;
}

export type Line<Item> = readonly Waiting<Item>[];

/** An order that has been passed over this often is an operating failure: it is tried again later, with the waits of its saga. */
const maxAsked = 16;

export const joinLine = <Item>(line: Line<Item>, item: Item, quantity: number): Line<Item> => [...line, { item, quantity, asked: 0 }];

/** A request for all who wait. */
export function askForAll<Item>(line: Line<Item>): { readonly line: Line<Item>; readonly quantities: readonly number[] } {
  return { line: line.map((waiting) => ({ ...waiting, asked: waiting.asked + 1 })), quantities: line.map(({ quantity }) => quantity) };
}

export interface Answered<Item> {
  /** Too little is left anywhere for these; how much is. */
  readonly refused: readonly { readonly item: Item; readonly left: number }[];
  /** Nothing can be said to these; they are told to come again. */
  readonly failed: readonly Item[];
  readonly line: Line<Item>;
}

/** @param line Those who still wait after what came has been given out. */
export function afterAnswer<Item>(line: Line<Item>, verdict: Verdict | null): Answered<Item> {
  const asked = line.filter(({ asked }) => asked > 0);
  const refused = verdict?.kind === "collected" ? asked.filter(({ quantity }) => quantity > verdict.atMost) : [];
  const failed = asked.filter((waiting) => !refused.includes(waiting) && (verdict?.kind === "unreachable" || waiting.asked >= maxAsked));
  return {
    refused: refused.map(({ item }) => ({ item, left: verdict?.kind === "collected" ? verdict.left : 0 })),
    failed: failed.map(({ item }) => item),
    line: line.filter((waiting) => !refused.includes(waiting) && !failed.includes(waiting)),
  };
}
