/** The short form of `npm run prove:model`. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { travel } from "./journey.ts";
import { checkPromises, journeyPlans, sometimes } from "./promises.ts";

it("whatever is lost, crashes or is asked for in between: the order comes to rest, and every promise is kept", () => {
  const happened = new Set<string>();
  fc.assert(
    fc.property(journeyPlans, (plan) => {
      const journey = travel(plan);
      checkPromises(journey, plan);
      for (const type of journey.events) happened.add(type);
    }),
    { numRuns: 30_000 },
  );
  expect(sometimes.filter((type) => !happened.has(type))).toEqual([]);
}, 60_000);
