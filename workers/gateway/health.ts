/** What `/health` says: every dependency asked at once, each for a bounded time, the answer kept for a moment. */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { DependencyHealth, WireHealth } from "../../shared/contracts/health.ts";
import type { HealthApi } from "../../shared/contracts/rpc.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { createLogger } from "../../shared/platform/logger.ts";

/**
 * Resolves to null when the dependency is up, to a reason that anyone may read when it says itself that it is down; throws
 * when it cannot be asked. What was thrown is logged and not shown: `/health` needs no key.
 */
export type Probe = () => Promise<string | null>;

export type DependencyName = "database" | "cache" | "orders" | "inventory" | "payment" | "notifications";

/** Without these no order can be taken; without any other one orders are taken and catch up later. */
const essential: readonly DependencyName[] = ["orders", "inventory"];
const probeTimeoutMs = 1_000;
/** However often it is asked, the dependencies are asked about once in this time by each isolate, ms. */
const keepMs = 1_000;

/**
 * A function that answers the health as it was at most a second ago. Only the finished answer is shared between requests:
 * a promise of one request must not be awaited by another in Workers.
 */
export function createHealthCheck(probes: Partial<Record<DependencyName, Probe>>, now: () => number): () => Promise<WireHealth> {
  let last: { readonly health: WireHealth; readonly atMs: number } | undefined;
  return async () => {
    if (last !== undefined && now() - last.atMs < keepMs) return last.health;
    const entries = Object.entries(probes).map(async ([name, probe]) => [name, await ask({ name, probe, now })] as const);
    const dependencies = Object.fromEntries(await Promise.all(entries));
    last = { health: summarize(dependencies, now()), atMs: now() };
    return last.health;
  };
}

/** A Worker that says itself whether it is up. */
export const workerProbe =
  (worker: HealthApi): Probe =>
  async () => {
    const { status, dependencies } = await worker.health();
    if (status === "up") return null;
    const down = namesOfDown(dependencies);
    return down.length === 0 ? "says that it is down" : `down behind it: ${down.join(", ")}`;
  };

interface Asked {
  readonly name: string;
  readonly probe: Probe;
  readonly now: () => number;
}

async function ask(asked: Asked): Promise<DependencyHealth> {
  const startedAtMs = asked.now();
  const reason = await reasonOf(asked, startedAtMs);
  const latency = { latency_ms: asked.now() - startedAtMs };
  return reason === null ? { status: "up", ...latency } : { status: "down", ...latency, detail: reason };
}

async function reasonOf({ name, probe, now }: Asked, startedAtMs: number): Promise<string | null> {
  let failedAtMs: number | undefined;
  const askedNow = async (): Promise<string | null> => {
    try {
      return await probe();
    } catch (error) {
      failedAtMs = now();
      throw error;
    }
  };
  try {
    return await withDeadline(askedNow(), probeTimeoutMs, name);
  } catch (error) {
    createLogger("gateway").warn("dependency is down", { dependency: name, error: describeError(error) });
    // A probe may have a shorter limit of its own: when it failed tells so.
    return failedAtMs === undefined ? `did not answer within ${probeTimeoutMs} ms` : `failed after ${failedAtMs - startedAtMs} ms`;
  }
}

const namesOfDown = (dependencies: Record<string, DependencyHealth>): string[] =>
  Object.entries(dependencies).flatMap(([name, { status }]) => (status === "down" ? [name] : []));

function summarize(dependencies: Record<string, DependencyHealth>, nowMs: number): WireHealth {
  const down = namesOfDown(dependencies);
  const isUnhealthy = essential.some((name) => down.includes(name));
  const status = isUnhealthy ? "unhealthy" : down.length > 0 ? "degraded" : "healthy";
  return { status, service: "gateway", dependencies, timestamp: new Date(nowMs).toISOString() };
}
