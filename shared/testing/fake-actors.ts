/** A Durable Object namespace whose objects are one plain object each, for tests of what calls actors. */

export interface ActorCall {
  /** The name of the object that was called. */
  readonly actor: string;
  readonly method: string;
  readonly argument: unknown;
}

export interface FakeActors {
  readonly namespace: DurableObjectNamespace;
  readonly calls: ActorCall[];
}

/** Every method of every object exists; it notes the call, then does what `answer` does. */
export function fakeActors(answer: (call: ActorCall) => unknown = () => undefined): FakeActors {
  const calls: ActorCall[] = [];
  const stub = (actor: string): object =>
    new Proxy(
      {},
      {
        get: (_target, method) => (argument: unknown) => {
          const call = { actor, method: String(method), argument };
          calls.push(call);
          return Promise.resolve().then(() => answer(call));
        },
      },
    );
  const namespace = { idFromName: (name: string) => name, get: stub };
  return { namespace: namespace as unknown as DurableObjectNamespace, calls };
}
