/** The short form of `npm run prove:model`. */
import fc from "fast-check";
import { it } from "vitest";
import { travel } from "./journey.ts";
import { checkPromises, journeyPlans } from "./promises.ts";

it("whatever is lost, crashes or is asked for in between: the order comes to rest, and every promise is kept", () => {
  fc.assert(
    fc.property(journeyPlans, (plan) => checkPromises(travel(plan), plan)),
    { numRuns: 30_000 },
  );
}, 60_000);
