/** Gremlins between an order actor and what it calls: those of the deployment, and those that a request brought for its order. */
import { drawOf, type ChaosBindings } from "../../shared/chaos/chaos-of.ts";
import { createChaos, type Chaos, type ChaosOptions, type DrawFaults } from "../../shared/chaos/chaos.ts";
import { chaoticApi } from "../../shared/chaos/chaotic-api.ts";
import { chaoticQueue, type QueueSender } from "../../shared/chaos/chaotic-queue.ts";
import { mergeFaults } from "../../shared/chaos/draw-faults.ts";
import type { WorkContext } from "../../shared/platform/context.ts";
import { CarriedGremlins } from "./carried-gremlins.ts";

/** The ports of an order actor as far as chaos must know them: all that is not named here is left as it is. */
export interface OrderNeighbours {
  readonly stock: (sku: string) => object;
  readonly payment: object;
  readonly events: QueueSender;
  readonly notifications: QueueSender;
}

/** undefined when CHAOS is off. @throws Error when it is on in production. */
export function orderChaosOf(env: ChaosBindings): OrderChaos | undefined {
  const draw = drawOf(env, "orders");
  return draw && new OrderChaos(draw, { service: "orders", now: Date.now });
}

export class OrderChaos {
  readonly #carried: CarriedGremlins;
  readonly #chaos: Chaos;

  /** @param draw The deployment's gremlins. */
  constructor(draw: DrawFaults, options: ChaosOptions & { readonly now: () => number }) {
    this.#carried = new CarriedGremlins(options.now);
    this.#chaos = createChaos(async (call) => mergeFaults(this.#carried.draw(call), await draw(call)), options);
  }

  /** The same neighbours, every call of theirs met by gremlins. */
  around<Neighbours extends OrderNeighbours>(neighbours: Neighbours): Neighbours {
    const chaos = this.#chaos;
    const payment = { chaos, service: "payment", operations: paymentOperations, orderIdOf } as const;
    const inventory = { chaos, service: "inventory", operations: stockOperations, orderIdOf } as const;
    return {
      ...neighbours,
      payment: chaoticApi(neighbours.payment, payment),
      stock: (sku: string) => chaoticApi(neighbours.stock(sku), inventory),
      events: this.#queue(neighbours.events, "order-events"),
      notifications: this.#queue(neighbours.notifications, "notifications"),
    };
  }

  /**
   * Runs a command of an order among the gremlins that its request brought. They last until the command is answered, and are
   * no part of the command that `run` gets: nothing of them is ever kept.
   */
  carry<Command extends { readonly context: WorkContext }, Answer>(
    { orderId, command }: { readonly orderId: string; readonly command: Command },
    run: (command: Command) => Promise<Answer>,
  ): Promise<Answer> {
    const { gremlins = [], ...context } = command.context;
    const work = (): Promise<Answer> => run({ ...command, context });
    return gremlins.length === 0 ? work() : this.#carried.carry(orderId, gremlins, work);
  }

  #queue(queue: QueueSender, name: string): QueueSender {
    const isOwn = (orderId: string): boolean => this.#carried.concern({ service: "queues", operation: name, orderId });
    return chaoticQueue(queue, {
      chaos: this.#chaos,
      name,
      orderIdOf: (body) => {
        const subject = memberOf(body, "subject");
        return subject !== undefined && isOwn(subject) ? subject : undefined;
      },
    });
  }
}

const stockOperations = { reserve: "reserve", release: "release", commit: "sale", restock: "restock" };
const paymentOperations = { charge: "charge", lookUp: "look_up", void: "void", refund: "refund" };

/** Commands name their order, or have an id that begins with it: `<order>:1`. */
const orderIdOf = (command: unknown): string | undefined =>
  memberOf(command, "orderId") ?? memberOf(command, "reservationId")?.split(":")[0];

function memberOf(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === "string" ? member : undefined;
}
