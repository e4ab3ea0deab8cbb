/**
 * The id of a named object that many requests call (a host of a pool). Made once in an isolate: a name becomes an id by a keyed hash.
 * Not for objects of which there are many, since what is kept is kept.
 */
export function idOfHost(namespace: DurableObjectNamespace, name: string): DurableObjectId {
  let ids = idsByNamespace.get(namespace);
  if (ids === undefined) idsByNamespace.set(namespace, (ids = new Map<string, DurableObjectId>()));
  let id = ids.get(name);
  if (id === undefined) ids.set(name, (id = namespace.idFromName(name)));
  return id;
}

const idsByNamespace = new WeakMap<DurableObjectNamespace, Map<string, DurableObjectId>>();
