/**
 * The gateway of the simulated shop, as far as it matters to orders: the shipped joining of those that come at one moment. Who comes
 * alone calls the object at once, over the connection that the client's call is.
 */
import type { JoinedOrderReply, OrderActorApi, PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { JoinedOrders } from "../../workers/gateway/joined-orders.ts";
import type { VirtualClock } from "./clock.ts";
import type { Fault } from "./faults.ts";
import type { Network } from "./network.ts";

const longestTurnMs = 40;

export interface GatewayOptions {
  readonly clock: VirtualClock;
  /** Requests come in through a door that opens every so many ms: then many come at one moment, also when they ask again. 0: at any time. */
  readonly doorMs: number;
  readonly network: Network;
  readonly fault: Fault;
  /** Calls the object that hosts all orders. */
  readonly call: <Reply>(work: (actor: Pick<OrderActorApi, "placeOrder" | "placeOrdersAsTexts">) => Promise<Reply>) => Promise<Reply>;
}

/** The answer to a request, and under which id the gateway worked on it. */
export interface Answered {
  readonly requestId: string;
  readonly reply: PlaceOrderReply;
}

/** What a client sends. */
export type PlaceRequest = Omit<PlaceOrderCommand, "context" | "askedAgain">;

export class SimulatedGateway {
  /** What has happened, for the "sometimes" of the proof. */
  readonly met = new Map<string, number>();
  readonly #options: GatewayOptions;
  readonly #joined = new JoinedOrders({ turn: () => this.#turn(), askingPace: { atOnce: 1, apartMs: 5 } });
  #requests = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** @param sentId The request id that the client sent, perhaps not for the first time; null: the gateway makes one. */
  async place(request: PlaceRequest, sentId: string | null): Promise<Answered> {
    const requestId = sentId ?? `req-${(this.#requests += 1)}`;
    const command = { ...request, context: { requestId, correlationId: "cor" } };
    await this.#atTheDoor();
    const reply = await this.#joined.place(command, {
      host: () => this.#host(),
      keepAlive: () => undefined,
      hasIdOfItsOwn: sentId === null,
    });
    return { requestId, reply };
  }

  async #atTheDoor(): Promise<void> {
    const { clock, doorMs } = this.#options;
    if (doorMs > 0) await clock.sleep(doorMs - (clock.nowMs % doorMs));
  }

  #host(): Pick<OrderActorApi, "placeOrder" | "placeOrdersAsTexts"> {
    const { network, call } = this.#options;
    return {
      placeOrder: (command) => {
        if (command.askedAgain === true) this.#note("joined: asked again");
        return call((actor) => actor.placeOrder(command));
      },
      placeOrdersAsTexts: async (commands) => {
        // What the object is given is a copy, as over the wire.
        const copies = structuredClone(commands);
        const replies = await network.call({ what: "place together", from: null }, () => call((actor) => actor.placeOrdersAsTexts(copies)));
        for (const reply of replies) this.#note(`joined: ${nameOf(reply)}`);
        return replies;
      },
    };
  }

  /** A gateway that is busy takes in what has arrived a little later. The life of the request that leads a batch may end before. */
  #turn(): Promise<void> {
    if (this.#options.fault("leader gone", 0.2)) return new Promise(() => undefined);
    return new Promise((resolve) => setTimeout(resolve, Math.random() * longestTurnMs));
  }

  #note(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }
}

const nameOf = (reply: JoinedOrderReply): string => (reply === null || reply === "begun" ? `told ${reply ?? "nothing"}` : "answered");
