/**
 * The socket of the public Worker. That of a Worker with assets leads through two more Workers (a proxy and the asset router), which ask
 * the Worker first anyway (`run_worker_first`) and cost a call each. The socket of another Worker may name the public one as its service
 * and leads straight to it. So a Worker that does nothing else has it.
 */
import type { V4WorkerOptions } from "miniflare";
import type { FleetProcess } from "./split-fleet.ts";

/** Who has the socket; `unsafeGetDirectURL` says where it is. */
export const socketHolder = "fleet-public-socket";

export interface PublicSocket {
  /** The public Worker's name. */
  readonly serviceName: string;
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
}

/** The same processes; that of the public Worker has its socket. */
export function withPublicSocket(processes: readonly FleetProcess[], socket: PublicSocket): readonly FleetProcess[] {
  const isHome = ({ workers }: FleetProcess): boolean => workers.some(({ name }) => name === socket.serviceName);
  return processes.map((process) => (isHome(process) ? { ...process, workers: [...process.workers, holderOf(socket)] } : process));
}

const holderOf = ({ serviceName, port }: PublicSocket): V4WorkerOptions => ({
  name: socketHolder,
  modules: true,
  script: "export default {};",
  compatibilityDate: "2026-08-01",
  unsafeDirectSockets: [{ host: "127.0.0.1", port, serviceName }],
});
