import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openPGlite } from "../../../local/postgres/pglite-backend.ts";
import { countWalSyncs } from "./postgres-server.ts";

test("countWalSyncs finds them in PostgreSQL 18, which counts them in another view than 15 does", async () => {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-wal-syncs-"));
  const backend = await openPGlite(join(directory, "postgres"));
  try {
    expect(await countWalSyncs(backend.wireUrl)).toBeGreaterThanOrEqual(0);
  } finally {
    await backend.close();
    await rm(directory, { recursive: true, force: true });
  }
});
