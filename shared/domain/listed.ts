const shown = 5;

/** Names for a sentence: the first few, and how many more there are, so that a text stays a text. */
export function listed(names: readonly string[]): string {
  const rest = names.length - shown;
  return names.slice(0, shown).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
