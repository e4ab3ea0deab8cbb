/** The counts that a document of this name is written of. */
import { countOrders, type Counts } from "./count-orders.ts";
import { countQuietly } from "./count-quietly.ts";
import { writtenScale } from "./written-scale.ts";

/** @param say Hears why another run is made. @throws Error when the machine is too busy to count (`countQuietly`). */
export const countForDocument = (document: string, say?: (line: string) => void): Promise<Counts> =>
  countQuietly({
    count: countOrders,
    isKnown: async (counts) => (await writtenScale(document, counts)) === document,
    ...(say !== undefined && { say }),
  });
