/** What the two peers on PostgreSQL have in common: a cluster of their own with the same tables, and one Node process in front of it. */
import { join } from "node:path";
import { freePort } from "../../../proofs/shared/free-port.ts";
import type { BenchSystem, RunningSystem, StartOptions } from "../../system.ts";
import type { ChildServer } from "./child-server.ts";
import { createLedger, readLedger } from "./ledger.ts";
import { expectOk, requirePackage, startNodeApp } from "./node-app.ts";
import { countWalSyncs, startPostgres } from "./postgres-server.ts";
import { withChildrenOfItsKind } from "./process-list.ts";

export interface PeerOnPostgres {
  readonly system: "dbos" | "postgres";
  readonly placement: string;
  /** A package of bench/peers that says whether they are installed. */
  readonly requires: string;
  /** For the application, beside DATABASE_URL and PORT. */
  readonly env?: Readonly<Record<string, string>>;
}

export function systemOnPostgres({ system, placement, requires, env = {} }: PeerOnPostgres): BenchSystem {
  return {
    system,
    placement,
    /** @throws When PostgreSQL or a package is not installed, or a process does not come up. Nothing is left running then. */
    async start(options) {
      requirePackage(requires);
      const children: ChildServer[] = [];
      const stop = async (): Promise<void> => {
        for (const child of children.splice(0).reverse()) await child.stop();
      };
      try {
        return await startBoth({ ...options, system, env, children, stop });
      } catch (error) {
        await stop();
        throw error;
      }
    },
  };
}

interface BothOptions extends StartOptions {
  readonly system: PeerOnPostgres["system"];
  readonly env: Readonly<Record<string, string>>;
  /** What has come up is added to it. */
  readonly children: ChildServer[];
  readonly stop: () => Promise<void>;
}

async function startBoth({ system, env, dataDir, skus, unitsPerSku, log, children, stop }: BothOptions): Promise<RunningSystem> {
  const server = await startPostgres(join(dataDir, "postgres"));
  children.push(server);
  await createLedger(server.url, { skus, unitsPerSku });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const ownEnv = { ...env, DATABASE_URL: server.url, PORT: String(port) };
  const app = await startNodeApp({ peer: system, dir: dataDir, env: ownEnv, answers: () => expectOk(`${origin}/health`) });
  children.push(app);
  log(`${system}: PostgreSQL ${server.url}, application ${origin}`);
  return {
    origin,
    orderRequest: ({ key, sku }) => ({
      method: "POST",
      path: "/orders",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ sku: `SKU-${sku}`, quantity: 1 }),
    }),
    isConfirmed: (status, body) => status === 201 && body.includes('"status":"confirmed"'),
    processes: () => ({ node: [app.pid], postgres: withChildrenOfItsKind(server.pid) }),
    stock: () => readLedger(server.url),
    dataDirs: [server.data],
    commits: () => countWalSyncs(server.url),
    stop,
  };
}
