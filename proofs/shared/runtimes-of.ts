/** Which of the workerd processes below a Node process is which. Linux only. */
import { rolesVariable, runtimeRoles, type RuntimeRole } from "../../local/workers/runtime-role.ts";
import { descendantsOf, environmentOf } from "./process-tree.ts";

export interface RunningRuntime {
  readonly pid: number;
  /** At least one. */
  readonly roles: readonly RuntimeRole[];
}

/** Those that have ended and not been noticed are left out. */
export async function runtimesOf(pid: number): Promise<readonly RunningRuntime[]> {
  const runtimes = (await descendantsOf(pid)).filter(({ command, state }) => command === "workerd" && state !== "Z");
  const known = await Promise.all(runtimes.map(async (runtime) => ({ pid: runtime.pid, roles: await rolesOf(runtime.pid) })));
  return known.filter(({ roles }) => roles.length > 0);
}

/** @returns The id of the process that has this role, alone or with others. @throws Error when none runs. */
export async function runtimeOf(pid: number, role: RuntimeRole): Promise<number> {
  const runtime = (await runtimesOf(pid)).find(({ roles }) => roles.includes(role));
  if (runtime === undefined) throw new Error(`No runtime for ${role} below process ${pid}`);
  return runtime.pid;
}

async function rolesOf(pid: number): Promise<readonly RuntimeRole[]> {
  const variable = (await environmentOf(pid)).find((entry) => entry.startsWith(`${rolesVariable}=`));
  const named = variable?.slice(rolesVariable.length + 1).split(" ") ?? [];
  return runtimeRoles.filter((role) => named.includes(role));
}
