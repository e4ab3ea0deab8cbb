/** The Restate server as the bench runs it: the binary of the npm package, a cluster of one node, on free ports. */
import { createRequire } from "node:module";
import { arch, availableParallelism, platform } from "node:os";
import { freePort } from "../../../proofs/shared/free-port.ts";
import { startChildServer, type ChildServer } from "../shared/child-server.ts";
import { expectOk, requirePackage } from "../shared/node-app.ts";

/**
 * Each partition has a log, a processor and a leader of its own. The default is 24; on two cores one partition gives about twice the
 * orders (measured), because what is waiting at the same moment shares a write and a sync. Fixed when a cluster is made.
 * @see https://docs.restate.dev/references/server-config (default-num-partitions)
 */
export const partitions = Math.max(1, Math.floor(availableParallelism() / 2));

export interface RestateServer extends ChildServer {
  readonly ingress: string;
  readonly admin: string;
  readonly metrics: string;
}

/**
 * With the durability that it has by default: the replicated log (here on one node) syncs what is appended before it counts.
 * @param options.data Its own directory. @param options.dir Where its log goes. Both exist.
 * @throws When it is not installed or does not come up; nothing is left running then.
 */
export async function startRestateServer({ data, dir }: { readonly data: string; readonly dir: string }): Promise<RestateServer> {
  const program = serverProgram();
  const [ingress, admin, node] = await freeAddresses();
  const command = [program, "--base-dir", data, "--node-name", "bench", "--default-num-partitions", String(partitions)];
  const env = {
    RESTATE_INGRESS__BIND_ADDRESS: ingress,
    RESTATE_ADMIN__BIND_ADDRESS: admin,
    RESTATE_BIND_ADDRESS: node,
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_DISABLE_TELEMETRY: "true",
    RESTATE_LOG_FILTER: "warn",
  };
  const answers = async (): Promise<void> => {
    await expectOk(`http://${admin}/health`);
    await expectOk(`http://${ingress}/restate/health`);
  };
  const server = await startChildServer({ name: "restate-server", command, dir, env, answers });
  return { ...server, ingress: `http://${ingress}`, admin: `http://${admin}`, metrics: `http://${node}/metrics` };
}

async function freeAddresses(): Promise<readonly [string, string, string]> {
  const [first, second, third] = [await freePort(), await freePort(), await freePort()];
  return [`127.0.0.1:${first}`, `127.0.0.1:${second}`, `127.0.0.1:${third}`];
}

/** The binary itself, not the script that starts it and would stand between us and its process id. @throws When it is not installed. */
function serverProgram(): string {
  const name = `@restatedev/restate-server-${platform()}-${arch()}`;
  requirePackage(name);
  return createRequire(import.meta.url).resolve(`${name}/bin/restate-server`);
}
