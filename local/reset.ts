/** `npm run reset`: clears `.local/`: orders, stock, keys, logs. Refuses while a cloud is running on it. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { defaultStateDir } from "./project.ts";
import { runMain } from "./run-main.ts";
import { lockState } from "./state-directory.ts";

await runMain(async () => {
  if (!existsSync(defaultStateDir)) {
    console.log(`There is no ${defaultStateDir} to clear.`);
    return;
  }
  const lock = await lockState(defaultStateDir);
  try {
    await clear(defaultStateDir);
    console.log(`Cleared ${defaultStateDir}`);
  } finally {
    lock.release();
  }
});

/** The lock's file stays: removing it would let another process lock a new one beside ours. */
async function clear(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith("lock.db")) await rm(join(directory, name), { recursive: true, force: true });
  }
}
