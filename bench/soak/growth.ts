/** Whether memory grows with the orders: a line through the samples after the warm-up third, and what is too much. Pure. */

export interface MemorySample {
  /** Since the load began, s. */
  readonly atS: number;
  /** Resident set, bytes. */
  readonly bytes: number;
}

export interface Growth {
  /** Slope of the line, in units of 1,024 bytes for each order and 2^20 bytes an hour. */
  readonly kbPerOrder: number;
  readonly mbPerHour: number;
  readonly firstMb: number;
  readonly lastMb: number;
  readonly maxMb: number;
}

/** What has warmed up: compiled code, page caches, pools. */
const warmUpShare = 1 / 3;

/**
 * @param ordersPerS Confirmed on average.
 * @returns undefined when fewer than three samples are left after the warm-up.
 */
export function measureGrowth(samples: readonly MemorySample[], ordersPerS: number): Growth | undefined {
  const untilS = samples.at(-1)?.atS ?? 0;
  const fitted = samples.filter(({ atS }) => atS >= untilS * warmUpShare);
  if (fitted.length < 3) return undefined;
  const bytesPerS = slopeOf(fitted);
  const mb = fitted.map(({ bytes }) => bytes / 2 ** 20);
  return {
    kbPerOrder: bytesPerS / ordersPerS / 1_024,
    mbPerHour: (bytesPerS * 3_600) / 2 ** 20,
    firstMb: mb[0] ?? Number.NaN,
    lastMb: mb.at(-1) ?? Number.NaN,
    maxMb: Math.max(...mb),
  };
}

/** Least squares. */
function slopeOf(samples: readonly MemorySample[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanS, meanBytes] = [mean(samples.map(({ atS }) => atS)), mean(samples.map(({ bytes }) => bytes))];
  const covariance = samples.reduce((sum, { atS, bytes }) => sum + (atS - meanS) * (bytes - meanBytes), 0);
  const variance = samples.reduce((sum, { atS }) => sum + (atS - meanS) ** 2, 0);
  return covariance / variance;
}

export interface GrowthBound {
  /** What an order may leave for good, KB. */
  readonly kbPerOrder: number;
  /** By how much a heap that is collected now and then may differ between two moments, MB. */
  readonly noiseMb: number;
}

/**
 * The most that a run may show, KB per order: what an order may leave, and the noise spread over the orders that were fitted. A short run
 * sees only a gross leak, and says so by this number.
 */
export function allowedKbPerOrder(
  { kbPerOrder, noiseMb }: GrowthBound,
  { ordersPerS, lastS }: { ordersPerS: number; lastS: number },
): number {
  const fittedOrders = ordersPerS * lastS * (1 - warmUpShare);
  return kbPerOrder + (noiseMb * 1_024) / fittedOrders;
}
