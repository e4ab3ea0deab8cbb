/** The form encoding of Stripe's API: `metadata[order_id]=..`, `created[gte]=..`, `expand[0]=..`. */

export type FormValue = string | readonly FormValue[] | { readonly [name: string]: FormValue };
export type Form = Readonly<Record<string, FormValue>>;

interface Branch {
  [name: string]: string | Branch;
}

/** @param text A body, or a query with or without its question mark. The last of two equal names counts. */
export function parseForm(text: string): Form {
  const root = emptyBranch();
  for (const [key, value] of new URLSearchParams(text)) put(root, namesOf(key), value);
  return Object.fromEntries(Object.entries(root).map(([name, value]) => [name, finish(value)]));
}

/** No name of a client's can meet what an ordinary object brings along. */
const emptyBranch = (): Branch => Object.create(null) as Branch;

/** `a[b][0]` is a, b, 0. */
const namesOf = (key: string): readonly string[] => key.split("[").map((name) => name.replace(/\]$/, ""));

function put(branch: Branch, [name = "", ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    branch[name] = value;
    return;
  }
  const known = branch[name];
  const next = typeof known === "object" ? known : emptyBranch();
  branch[name] = next;
  put(next, rest, value);
}

function finish(value: string | Branch): FormValue {
  if (typeof value === "string") return value;
  const entries = Object.entries(value).map(([name, member]) => [name, finish(member)] as const);
  const isList = entries.every(([name]) => /^\d*$/.test(name));
  return isList ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}
