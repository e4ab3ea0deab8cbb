import { Stripe } from "stripe";
import type { DependencyHealth } from "../../../../shared/contracts/health.ts";
import type { PaymentApi } from "../../../../shared/contracts/rpc.ts";

/** Below what the gateway waits for a Worker's health. */
const probeTimeoutMs = 800;
/** However often it is asked, Stripe is asked once in this time by each isolate, ms. */
const keepMs = 10_000;

/** A function that says whether Stripe takes our key, as it was at most ten seconds ago. */
export function createStripeHealth(stripe: Stripe, now: () => number): PaymentApi["health"] {
  let last: { readonly health: DependencyHealth; readonly atMs: number } | undefined;
  return async () => {
    if (last === undefined || now() - last.atMs >= keepMs) last = { health: await ask(stripe, now), atMs: now() };
    const { health } = last;
    return { status: health.status, dependencies: { stripe: health } };
  };
}

async function ask(stripe: Stripe, now: () => number): Promise<DependencyHealth> {
  const startedAtMs = now();
  try {
    await stripe.paymentIntents.list({ limit: 1 }, { timeout: probeTimeoutMs });
    return { status: "up", latency_ms: now() - startedAtMs };
  } catch (error) {
    const detail = error instanceof Stripe.errors.StripeError ? error.type : "cannot be asked";
    return { status: "down", latency_ms: now() - startedAtMs, detail };
  }
}
