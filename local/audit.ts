/**
 * `npm run audit`: goes through all of a running shop, and says in one line whether actors, Postgres and the provider agree;
 * one line more for each disagreement. Exit code 0: everything agrees; 1: something disagrees; 2: the shop could not be audited.
 *
 * The shop is the one of `.local/credentials.json` (HOLDFAST_STATE_DIR), or that of HOLDFAST_URL with HOLDFAST_OPERATOR_KEY.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readAudit, summarize } from "./audit-client.ts";
import { defaultStateDir, setting } from "./project.ts";
import { runMain } from "./run-main.ts";

const credentialsSchema = z.object({ base_url: z.string(), operator_key: z.string() });

const couldNotAudit = 2;

interface Shop {
  readonly baseUrl: string;
  readonly operatorKey: string;
}

/** @throws Error when neither the environment nor a state directory names one. */
async function chooseShop(): Promise<Shop> {
  const [baseUrl, operatorKey] = [setting("HOLDFAST_URL"), setting("HOLDFAST_OPERATOR_KEY")];
  if (baseUrl !== undefined && operatorKey !== undefined) return { baseUrl: baseUrl.replace(/\/$/, ""), operatorKey };
  const file = join(defaultStateDir, "credentials.json");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`No shop to audit: start one (npm start), or set HOLDFAST_URL and HOLDFAST_OPERATOR_KEY (${file} cannot be read)`, {
      cause,
    });
  });
  const { base_url, operator_key } = credentialsSchema.parse(JSON.parse(text));
  return { baseUrl: base_url, operatorKey: operator_key };
}

await runMain(async () => {
  const startedMs = Date.now();
  const audit = await readAudit(await chooseShop());
  for (const line of summarize(audit, Date.now() - startedMs)) console.log(line);
  if (!audit.ok) process.exit(1);
}, couldNotAudit);
