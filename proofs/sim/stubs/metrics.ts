/** Stands in for `shared/platform/metrics.ts` in the simulator: what an actor counts while it is tortured is of no interest. */
import type { Metrics } from "../../../shared/platform/metrics.ts";

const silent: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  gauge: () => undefined,
  flush: () => Promise.resolve(),
  scheduleFlush: () => undefined,
};

export const metricsOf = (): Metrics => silent;
