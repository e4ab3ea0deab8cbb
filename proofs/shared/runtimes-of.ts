/** Which of the workerd processes below a Node process is which. Linux only. */
import { roleVariable, type RuntimeRole } from "../../local/workers/runtime-role.ts";
import { descendantsOf, environmentOf } from "./process-tree.ts";

export interface RunningRuntime {
  readonly pid: number;
  readonly role: RuntimeRole;
}

/** Those that have ended and not been noticed are left out. */
export async function runtimesOf(pid: number): Promise<readonly RunningRuntime[]> {
  const runtimes = (await descendantsOf(pid)).filter(({ command, state }) => command === "workerd" && state !== "Z");
  const known = await Promise.all(runtimes.map(async (runtime) => ({ pid: runtime.pid, role: await roleOf(runtime.pid) })));
  return known.flatMap(({ pid: each, role }) => (role === undefined ? [] : [{ pid: each, role }]));
}

/** @returns The process's id. @throws Error when none runs. */
export async function runtimeOf(pid: number, role: RuntimeRole): Promise<number> {
  const runtime = (await runtimesOf(pid)).find((each) => each.role === role);
  if (runtime === undefined) throw new Error(`No ${role} runtime below process ${pid}`);
  return runtime.pid;
}

async function roleOf(pid: number): Promise<RuntimeRole | undefined> {
  const environment = await environmentOf(pid);
  return (["serving", "consuming"] as const).find((role) => environment.includes(`${roleVariable}=${role}`));
}
