/**
 * A stub or service binding as the plain-data interface it implements. Every answer's RPC handle is disposed at once:
 * undisposed ones keep the callee's memory until the garbage collector finds them (measured: 3.4 GB after 62,000 orders).
 *
 * @param stub A Durable Object stub or a service binding whose methods take and return plain data only.
 */
export function plainRpc<Api extends object>(stub: object): Api {
  return new Proxy(stub, {
    get: (target, name) =>
      // Not a thenable: `await` on the proxy must not become a remote call of `then`.
      name === "then" ? undefined : (...args: unknown[]) => callMethod(target as RemoteMethods, name, args),
  }) as Api;
}

type RemoteMethods = Record<string | symbol, (...args: unknown[]) => PromiseLike<unknown>>;

async function callMethod(target: RemoteMethods, name: string | symbol, args: unknown[]): Promise<unknown> {
  const result = await target[name]?.(...args);
  if (typeof result === "object" && result !== null && Symbol.dispose in result) (result as Disposable)[Symbol.dispose]();
  return result;
}
