/**
 * The directory that holds everything a local cloud keeps (`.local/`). One process at a time owns it.
 *
 * Ownership is an exclusive lock on a SQLite file: the operating system ends it with the process, however that dies, so
 * there is no stale lock to judge by process ids.
 *
 *     lock.db            the lock
 *     run.json           what the running cloud listens on; there only while it runs
 *     settings.json      what must stay as it was first chosen, and the endpoints' secrets
 *     credentials.json   base_url, customer_key, operator_key
 *     postgres/ state/ log/ build/
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";

/** How long a lock is waited for, ms: a process that was killed holds it until the system has cleared it away. */
const lockWaitMs = 2_000;

export interface StateLock {
  /** May be called twice. */
  release(): void;
}

/** @throws Error that names the process when another one owns the directory. */
export async function lockState(stateDir: string): Promise<StateLock> {
  await mkdir(stateDir, { recursive: true });
  const database = new DatabaseSync(join(stateDir, "lock.db"), { timeout: lockWaitMs });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    const run = await readRun(stateDir);
    const owner = run === undefined ? "another process" : `process ${run.pid} (${run.base_url})`;
    throw new Error(`${stateDir} is in use by ${owner}. Stop it first.`, { cause });
  }
  return { release: () => (database.isOpen ? database.close() : undefined) };
}

const settingsSchema = z.object({
  order_placement: z.enum(["per-order", "pooled"]),
  order_hosts: z.string(),
  // A directory that does not say was made when each SKU had an object of its own.
  stock_placement: z.enum(["per-sku", "pooled"]).default("per-sku"),
  stock_hosts: z.string().default("1"),
  // A directory that does not say: `providerOf`.
  payment_provider: z.enum(["simulated", "stripe"]).optional(),
  redis_token: z.string(),
  customer_key: z.string(),
  operator_key: z.string(),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Where actors live: the vars of the Workers that say it. */
export const placementNames = ["ORDER_PLACEMENT", "ORDER_HOSTS", "STOCK_PLACEMENT", "STOCK_HOSTS"] as const;
type PlacementVars = Record<(typeof placementNames)[number], string>;

/**
 * On one machine every object is in one thread, so few of them are the fastest: what waits at the same moment is joined into one
 * call and one commit, for as many orders and SKUs as one object has.
 */
const localPlacement: PlacementVars = { ORDER_PLACEMENT: "pooled", ORDER_HOSTS: "1", STOCK_PLACEMENT: "pooled", STOCK_HOSTS: "1" };

export const placementVars = (settings: Settings): PlacementVars => ({
  ORDER_PLACEMENT: settings.order_placement,
  ORDER_HOSTS: settings.order_hosts,
  STOCK_PLACEMENT: settings.stock_placement,
  STOCK_HOSTS: settings.stock_hosts,
});

type PaymentProvider = NonNullable<Settings["payment_provider"]>;

interface Wanted {
  /** Those that say where actors live are read. */
  readonly vars: Readonly<Record<string, string>>;
  /** Who takes the money. Default: `simulated`. */
  readonly payment?: PaymentProvider | undefined;
}

/**
 * What was chosen when the directory was made, or is chosen now. Where actors live cannot change afterwards: orders and SKUs
 * would be looked for in the wrong host. Nor can who takes the money: another provider cannot give back what this one took.
 *
 * @throws Error when another placement or another provider is wanted than the directory was made with.
 */
export async function openSettings(stateDir: string, { vars, payment = "simulated" }: Wanted): Promise<Settings> {
  const kept = await readJson(join(stateDir, "settings.json"), settingsSchema);
  if (kept === undefined) return makeSettings(stateDir, { placement: { ...localPlacement, ...vars }, payment });
  refuseOtherPlacement(stateDir, { kept, vars });
  refuseOtherProvider(stateDir, { kept, payment });
  return kept;
}

function refuseOtherPlacement(stateDir: string, { kept, vars }: { kept: Settings; vars: Wanted["vars"] }): void {
  const placement = placementVars(kept);
  if (placementNames.every((name) => (vars[name] ?? placement[name]) === placement[name])) return;
  const made = placementNames.map((name) => `${name}=${placement[name]}`).join(" ");
  throw new Error(`${stateDir} was made with ${made}, which cannot change. Clear it first: npm run reset`);
}

function refuseOtherProvider(stateDir: string, { kept, payment }: { kept: Settings; payment: PaymentProvider }): void {
  const provider = providerOf(kept, stateDir);
  if (provider === payment) return;
  const why = `${stateDir} was made with the payment provider ${provider}; ${payment} cannot look up or refund what it took.`;
  throw new Error(`${why} Start with HOLDFAST_PAYMENT_PROVIDER=${provider}, or clear it first: npm run reset`);
}

/** A directory that does not say was made before this was asked: that Stripe has a ledger in it tells. */
const providerOf = (kept: Settings, stateDir: string): PaymentProvider =>
  kept.payment_provider ?? (existsSync(join(stateDir, "stripe.db")) ? "stripe" : "simulated");

interface Chosen {
  readonly placement: Readonly<Record<string, string>>;
  readonly payment: PaymentProvider;
}

async function makeSettings(stateDir: string, { placement, payment }: Chosen): Promise<Settings> {
  const settings = settingsSchema.parse({
    order_placement: placement["ORDER_PLACEMENT"],
    order_hosts: placement["ORDER_HOSTS"],
    stock_placement: placement["STOCK_PLACEMENT"],
    stock_hosts: placement["STOCK_HOSTS"],
    payment_provider: payment,
    redis_token: secret("redis"),
    customer_key: secret("customer"),
    operator_key: secret("operator"),
  });
  await writePrivately(join(stateDir, "settings.json"), settings);
  return settings;
}

/** 192 bits of randomness with a word in front that says what it opens. */
const secret = (word: string): string => `hf_${word}_${randomBytes(24).toString("base64url")}`;

const runSchema = z.object({ pid: z.number(), base_url: z.string(), database_url: z.string() });
/** Where the running cloud can be reached. A file that nobody's lock backs is left over from a process that was killed. */
export type Run = z.infer<typeof runSchema>;

export const writeRun = (stateDir: string, run: Run): Promise<void> => writePrivately(join(stateDir, "run.json"), run);
export const readRun = (stateDir: string): Promise<Run | undefined> => readJson(join(stateDir, "run.json"), runSchema);
export const removeRun = (stateDir: string): Promise<void> => rm(join(stateDir, "run.json"), { force: true });

export interface Credentials {
  readonly base_url: string;
  readonly customer_key: string;
  readonly operator_key: string;
}

export const writeCredentials = (stateDir: string, credentials: Credentials): Promise<void> =>
  writePrivately(join(stateDir, "credentials.json"), credentials);

/** Readable by its owner only, and whole or not at all. */
async function writePrivately(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema> | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}
