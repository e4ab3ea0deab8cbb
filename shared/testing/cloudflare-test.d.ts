/**
 * The pool's own signature asks for an actor whose `env` is the whole `Cloudflare.Env`; actors here take a narrow pick of it.
 * This overload asks only for what a stub asks for.
 */
declare module "cloudflare:test" {
  export function runInDurableObject<Actor extends Rpc.DurableObjectBranded, Result>(
    stub: DurableObjectStub<Actor>,
    callback: (instance: Actor, state: DurableObjectState) => Result | Promise<Result>,
  ): Promise<Result>;
}

/** The pool's types name these globals, which the stable types of Workers leave out. */
type FetcherQueueResult = import("@cloudflare/workers-types/experimental").FetcherQueueResult;
type FetcherScheduledOptions = import("@cloudflare/workers-types/experimental").FetcherScheduledOptions;
type ServiceBindingQueueMessage<Body = unknown> = import("@cloudflare/workers-types/experimental").ServiceBindingQueueMessage<Body>;
