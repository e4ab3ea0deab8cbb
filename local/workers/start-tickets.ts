/** Tickets for starts of a workerd: `lifeline.sh` starts one only with the file that it names, and takes the file away. */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StartTickets {
  /** A ticket for one start. @returns The environment in which it is valid. */
  issue(): Record<string, string>;
}

/** @param directory Emptied: tickets that were never used are worth nothing. */
export function openStartTickets(directory: string): StartTickets {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return {
    issue() {
      const path = join(directory, randomUUID());
      writeFileSync(path, "");
      return { HOLDFAST_TICKET: path };
    },
  };
}
