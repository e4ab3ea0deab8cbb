/**
 * Events as a queue's message has them: JSON text, one event by itself, several as an array (the JSON batch format of CloudEvents). Text
 * is not read, weighed and copied member by member wherever it passes, as a message of objects is: only who wants the events reads it.
 */

/** @param texts At least one event, each as JSON. */
export function writeEvents(texts: readonly string[]): string {
  const [first] = texts;
  return first !== undefined && texts.length === 1 ? first : `[${texts.join(",")}]`;
}

/**
 * What a message's body carries; at least one. Releases before this sent events as objects. A body that is neither, or an empty array,
 * is the one thing that it carries: whoever reads it will find that it is no event.
 */
export function readEvents(body: unknown): readonly unknown[] {
  const value = typeof body === "string" ? parse(body) : body;
  return Array.isArray(value) && value.length > 0 ? value : [value];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
