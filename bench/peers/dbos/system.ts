/** DBOS: durable workflows in a Node process, on a PostgreSQL that holds their journal and the shop's tables. */
import type { BenchSystem } from "../../system.ts";
import { systemOnPostgres } from "../shared/system-on-postgres.ts";

/** The faster of its two ways to write to a database; the other one is in with-datasource.ts. */
export const systems: readonly BenchSystem[] = [
  systemOnPostgres({ system: "dbos", placement: "steps, 1 Node process", requires: "@dbos-inc/dbos-sdk", env: { WRITES: "steps" } }),
];
