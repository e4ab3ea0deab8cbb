/** The actors' own files after the last kill: SQLite finds nothing broken in any of them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** @param stateDir Of a cloud that does not run. @returns What is broken, one sentence for each file. */
export async function checkFiles(stateDir: string): Promise<readonly string[]> {
  const names = await readdir(stateDir, { recursive: true });
  return names.filter((name) => /\.(sqlite|db)$/.test(name)).flatMap((name) => brokenFile(join(stateDir, name)));
}

function brokenFile(path: string): readonly string[] {
  try {
    using database = new DatabaseSync(path);
    const rows = database.prepare("PRAGMA integrity_check").all();
    const found = rows.map((row) => String(row["integrity_check"]));
    return found.length === 1 && found[0] === "ok" ? [] : [`${path}: ${found.join("; ")}`];
  } catch (error) {
    return [`${path}: ${String(error)}`];
  }
}
