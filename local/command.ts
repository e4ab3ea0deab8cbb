/** What `npm start` and `npm run dev` have in common: the port, the signals, the clock, what they print. */
import { createServer } from "node:net";
import { relative } from "node:path";
import { defaultStateDir, setting } from "./project.ts";
import type { Credentials } from "./state-directory.ts";

const defaultPort = 8787;
const cronEveryMs = 60_000;

/** PORT, or 8787. @throws Error when it is no port, or taken: before anything has been started. */
export async function choosePort(): Promise<number> {
  const port = Number(setting("PORT") ?? defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT=${String(setting("PORT"))} is not a port`);
  await new Promise<void>((resolve, reject) => {
    const probe = createServer().once("error", (cause) =>
      reject(new Error(`Port ${port} cannot be used (${cause.message}). Choose another: PORT=8788 npm start`, { cause })),
    );
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
  });
  return port;
}

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. Call it when there is something
 * to stop in good order: before that a signal simply ends the process, which loses nothing and leaves nothing behind.
 */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}

/**
 * Fires cron triggers every minute, as the platform does and miniflare does not; every trigger there is runs each minute.
 * A run that takes longer than a minute is waited for.
 *
 * @param fire What fails is written to stderr, and the next minute tries again.
 */
export function fireEveryMinute(fire: () => Promise<unknown>): Disposable {
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    void fire()
      .catch((error: unknown) => console.error(`A cron trigger failed: ${String(error)}`))
      .finally(() => (running = false));
  }, cronEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** At once, for what follows takes seconds. Says, too, that this is no deployment when ENVIRONMENT would have it one. */
export function printStarting(): void {
  console.log("Starting Holdfast: Postgres, Redis, the Workers ...");
  const environment = setting("ENVIRONMENT") ?? "local";
  if (environment !== "local")
    console.error(`ENVIRONMENT=${environment} is not used: on one machine it is always "local" (docs/DEPLOY.md)`);
}

/** What a new user needs next. */
export function printSummary({ base_url, customer_key, operator_key }: Credentials): void {
  console.log(`
Holdfast is running at ${base_url}

  customer key   ${customer_key}
  operator key   ${operator_key}
  console        ${base_url}/console
  API reference  ${base_url}/docs

Place an order:

  curl -i ${base_url}/v1/orders \\
    -H 'Authorization: Bearer ${customer_key}' -H "Idempotency-Key: $(date +%s)" -H 'Content-Type: application/json' \\
    -d '{"items":[{"sku":"PROD-1","quantity":2}],"payment_method":"pm_card_visa"}'

Ctrl-C stops everything; the state stays in ${shown(defaultStateDir)}/ (npm run reset clears it).
`);
}

/** A directory below this one by its short name. */
function shown(directory: string): string {
  const path = relative("", directory);
  return path.startsWith("..") ? directory : path;
}
