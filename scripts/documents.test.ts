/** What a document tells a reader to type or to open is there. */
import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "bench/README.md",
  "bench/peers/README.md",
  ...(await readdir(join(root, "docs"))).map((name) => `docs/${name}`),
];

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const scriptsOf = (manifest: string) => Object.keys((JSON.parse(read(manifest)) as { readonly scripts: object }).scripts);
const scripts = new Set([...scriptsOf("package.json"), ...scriptsOf("bench/peers/package.json")]);

/** The scripts that a text names: "`npm run prove:model` · `sim`" is `prove:model` and `prove:sim`. */
function namedScripts(text: string): readonly string[] {
  return [...text.matchAll(/npm run (?<first>[a-z:]+)(?<others>(?:`? · `[a-z:]+)*)/g)].flatMap(({ groups }) => {
    const { first = "", others = "" } = groups ?? {};
    const group = first.slice(0, first.indexOf(":") + 1);
    return [first, ...[...others.matchAll(/[a-z:]+/g)].map(([name]) => (name.includes(":") ? name : group + name))];
  });
}

const linkedFiles = (text: string): readonly string[] =>
  [...text.matchAll(/\]\((?!https?:)(?<path>[^)#\s]+)/g)].map(({ groups }) => groups?.["path"] ?? "");

describe.each(documents)("%s", (path) => {
  const text = read(path);

  it("names only scripts that there are", () => {
    expect(namedScripts(text).filter((name) => !scripts.has(name))).toEqual([]);
  });

  it("links only to files that there are", () => {
    expect(linkedFiles(text).filter((file) => !existsSync(join(root, dirname(path), file)))).toEqual([]);
  });
});
