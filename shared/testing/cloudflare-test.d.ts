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
