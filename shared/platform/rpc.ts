/**
 * A stub or service binding as the plain-data interface it implements. Every answer's RPC handle is disposed at once:
 * undisposed ones keep the callee's memory until the garbage collector finds them (measured: 3.4 GB after 62,000 orders).
 *
 * @param stub A Durable Object stub or a service binding whose methods take and return plain data only.
 * @param texts Methods that the callee also has under another name, where they answer their reply's JSON: an object that crosses RPC is
 *   written and read member by member and gets a handle on both sides, a text is only a text (measured: 12 of 75 µs for an order).
 */
export function plainRpc<Api extends object>(stub: object, texts?: TextMethods<Api>): Api {
  return new Proxy(stub, {
    get: (target, name) => {
      // Not a thenable: `await` on the proxy must not become a remote call of `then`.
      if (name === "then") return undefined;
      const textName = texts !== undefined && Object.hasOwn(texts, name) ? (texts as TextNames)[name] : undefined;
      if (textName !== undefined) return (...args: unknown[]) => callForText(target as RemoteMethods, textName, args);
      return (...args: unknown[]) => callMethod(target as RemoteMethods, name, args);
    },
  }) as Api;
}

/** Method -> the name under which it answers a text. */
export type TextMethods<Api extends object> = Readonly<Partial<Record<keyof Api, string>>>;
type TextNames = Readonly<Record<string | symbol, string | undefined>>;

type RemoteMethods = Record<string | symbol, (...args: unknown[]) => PromiseLike<unknown>>;

async function callMethod(target: RemoteMethods, name: string | symbol, args: unknown[]): Promise<unknown> {
  const result = await target[name]?.(...args);
  if (typeof result === "object" && result !== null && Symbol.dispose in result) (result as Disposable)[Symbol.dispose]();
  return result;
}

async function callForText(target: RemoteMethods, name: string, args: unknown[]): Promise<unknown> {
  return JSON.parse((await target[name]?.(...args)) as string) as unknown;
}
