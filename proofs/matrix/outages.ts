/** Neighbours that are gone for a while: every request to them is lost from the moment when the order, or the change, is asked for. */
import { matrixJourneys, type Journey } from "./journeys.ts";

export interface Outage {
  readonly neighbour: string;
  /** Names of faults, all of which strike every time. */
  readonly faults: readonly string[];
  /** Titles of journeys. */
  readonly journeys: readonly string[];
}

/** Virtual ms: shorter than the hold of 15 min, and longer. */
export const outagesLastMs: readonly number[] = [30_000, 20 * 60_000];

const lost = (...calls: readonly string[]): readonly string[] => calls.map((what) => `request lost: ${what}`);
const bought = "An order that is paid at once";
const declined = "A declined card";
const cancelled = "Cancelled after the sale";

export const outages: readonly Outage[] = [
  { neighbour: "inventory", faults: lost("reserve", "release", "commit", "restock"), journeys: [bought, cancelled, "Returned"] },
  { neighbour: "inventory, from the charge on", faults: lost("release", "commit", "restock"), journeys: [bought, declined] },
  {
    neighbour: "payment",
    faults: lost("charge", "look-up", "void", "refund"),
    journeys: [bought, "Another card", cancelled, "Refunded in part"],
  },
  {
    neighbour: "payment, which does the work and cannot answer",
    faults: ["reply lost: charge", ...lost("look-up", "void")],
    journeys: [bought],
  },
  { neighbour: "the queues", faults: lost("send"), journeys: [bought] },
  { neighbour: "Postgres, or the consumers", faults: ["message lost"], journeys: [bought] },
];

/** @throws Error when there is no such journey. */
export function journeyTitled(title: string): Journey {
  const found = matrixJourneys.find((journey) => journey.title === title);
  if (found === undefined) throw new Error(`there is no journey titled ${title}`);
  return found;
}
