/** Several clients at once, until they are told to stop. */
import type { Client } from "./client.ts";

export interface Load {
  /** Lets every client end what it is doing. */
  stop(): Promise<void>;
}

/** @param onFailure Told what a client threw; that client does no more. */
export function startLoad(clients: readonly Client[], onFailure: (error: unknown) => void): Load {
  let going = true;
  const lanes = clients.map(async (client) => {
    while (going) await client.work();
  });
  const ended = Promise.all(lanes.map((lane) => lane.catch(onFailure)));
  return {
    async stop() {
      going = false;
      await ended;
    },
  };
}
