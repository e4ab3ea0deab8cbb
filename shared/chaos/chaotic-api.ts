import type { ChaosService } from "../contracts/chaos.ts";
import type { Chaos } from "./chaos.ts";

export interface ChaoticApiOptions {
  readonly chaos: Chaos;
  readonly service: ChaosService;
  /** Method -> the operation that it is. No other method is met by a gremlin. */
  readonly operations: Readonly<Record<string, string>>;
  /** The order that a call with this first argument is made for. */
  readonly orderIdOf?: (argument: unknown) => string | undefined;
}

/** The same interface, its calls met by gremlins. Each of the methods named answers a promise. */
export function chaoticApi<Api extends object>(api: Api, { chaos, service, operations, orderIdOf }: ChaoticApiOptions): Api {
  return new Proxy(api, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      const operation = typeof name === "string" && Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined || typeof member !== "function") return member;
      return (...args: unknown[]) =>
        chaos.run({ service, operation, orderId: orderIdOf?.(args[0]) }, () =>
          Promise.resolve(Reflect.apply(member, target, args) as unknown),
        );
    },
  });
}
