/** Which processes count for a peer, asked at once and without waiting, because the bench asks in the middle of a sample (Linux). */
import { readdirSync, readFileSync } from "node:fs";

/**
 * A process and those of its children that run the same program. The server of PostgreSQL has one per connection; the watcher that
 * ties a child to the bench is a shell and does not count.
 */
export function withChildrenOfItsKind(pid: number): readonly number[] {
  const own = readProcess(pid);
  if (own === undefined) return [];
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = all.map(Number).filter((each) => {
    const entry = readProcess(each);
    return entry?.parent === pid && entry.program === own.program;
  });
  return [pid, ...children];
}

function readProcess(pid: number): { readonly program: string; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, program, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    return program === undefined || parent === undefined ? undefined : { program, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
