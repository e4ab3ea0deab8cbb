/** What one would write without any of the others: Hono on Node, and one PostgreSQL transaction per order. */
import type { BenchSystem } from "../../system.ts";
import { systemOnPostgres } from "../shared/system-on-postgres.ts";

export const systems: readonly BenchSystem[] = [
  systemOnPostgres({ system: "postgres", placement: "1 Node process", requires: "@hono/node-server" }),
];
