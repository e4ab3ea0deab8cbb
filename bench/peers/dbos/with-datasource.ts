/** DBOS with its writes as transactions of a datasource, to be measured beside the faster way. Not part of the bench's run. */
import type { BenchSystem } from "../../system.ts";
import { systemOnPostgres } from "../shared/system-on-postgres.ts";

export const systems: readonly BenchSystem[] = [
  systemOnPostgres({
    system: "dbos",
    placement: "datasource, 1 Node process",
    requires: "@dbos-inc/postgres-datasource",
    env: { WRITES: "datasource" },
  }),
];
