/**
 * Keeps miniflare's registry whole while a fleet runs. miniflare 5.20260815 removes a file of it that nobody has touched for 300 s by the
 * wall clock, and touches only files that are there, every 30 s. So when the machine has slept, or the clock has leapt, files are lost
 * before they are touched, and nobody writes them again: callers answer 500, and brokers drop what they are sent, until a restart. No
 * other time on the files helps for sure, for each touch of miniflare's sets it back to now, so what was lost is written again.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How long between two looks at the registry, ms. */
const lookMs = 1_000;

/**
 * Writes a file back, with its last text, that was missing at two looks, so 1 to 2 s after it was lost: by then every runtime has noticed
 * that it was gone (chokidar tells them after 0.1 s), and is told when it is there again. Does not keep Node alive.
 *
 * @param directory Where runtimes of this very process register: they write at once, so a look finds no file half written.
 * @returns To be ended before the runtimes are, which remove their files. One that is started again removes its own too: should they be
 *   written back meanwhile, they lead to the dead one for no longer than they would have, until it writes them with its new address.
 */
export function keepRegistry(directory: string): Disposable {
  const texts = new Map<string, string>();
  let missing: readonly string[] = [];
  const look = (): void => {
    const here = readdirSync(directory);
    for (const name of here) texts.set(name, readFileSync(join(directory, name), "utf8"));
    const gone = [...texts].filter(([name]) => !here.includes(name));
    const lost = gone.filter(([name]) => missing.includes(name));
    missing = gone.filter((file) => !lost.includes(file)).map(([name]) => name);
    for (const [name, text] of lost) writeFileSync(join(directory, name), text);
  };
  const timer = setInterval(() => ignoringErrors(look), lookMs).unref();
  ignoringErrors(look);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A full disk, or a directory that somebody has removed, may be well again at the next look; no order hangs on this one. */
function ignoringErrors(look: () => void): void {
  try {
    look();
  } catch {
    // The next look is a second away.
  }
}
