/** The document as it is in the file: prose that people write, and between marks what the counts and the price list say. */
import { join } from "node:path";
import { format } from "prettier";
import type { Counts } from "./count-orders.ts";
import { renderParts } from "./render.ts";

export const scalePath = join(import.meta.dirname, "../../docs/SCALE.md");

/**
 * The document with every generated part in its place.
 *
 * @param document As it is. @throws Error when a part has no marks, or marks have no part.
 */
export async function writtenScale(document: string, counts: Counts): Promise<string> {
  const parts = renderParts(counts);
  const marked = [...document.matchAll(/<!-- scale:([a-z]+) -->/g)].map(([, name]) => name ?? "");
  const stray = marked.filter((name) => !(name in parts));
  if (stray.length > 0) throw new Error(`docs/SCALE.md asks for what is not generated: ${stray.join(", ")}`);
  const written = Object.entries(parts).reduce((text, [name, part]) => replacePart(text, name, part), document);
  return format(written, { parser: "markdown" });
}

function replacePart(text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- scale:${name} -->`, `<!-- /scale:${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/SCALE.md has no place for "${name}": ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
}
