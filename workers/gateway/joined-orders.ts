/**
 * Orders that requests place at the same object in the same moment, as one call: a call costs on both sides what one order's does.
 * Requests of one isolate share it. Each has a life of its own, and the runtime ends what a request has begun (calls, timers) with that
 * life, so none relies on another one's: whoever hears nothing of the call that it was part of asks alone. Asking again is safe, for the
 * order's key makes it one order.
 */
import { begun, type JoinedOrderReply, type OrderActorApi, type PlaceOrderCommand, type PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { UnderWay } from "./under-way.ts";

/** One request that places an order. */
export interface PlacingRequest {
  /** This request's own way to the object: what is called belongs to the request. */
  readonly host: () => Pick<OrderActorApi, "placeOrder" | "placeOrdersAsTexts">;
  /** Keeps the request's life going until the work has ended, though its client may have gone. */
  readonly keepAlive: (work: Promise<unknown>) => void;
  /** Whether no other request can have the id of this one. */
  readonly hasIdOfItsOwn: () => boolean;
}

/** A call, and the commit that it makes, stay short; as in `durable-objects/kernel/joined-calls.ts`. */
const maxCommands = 250;
/** Characters of bodies in one call, of which the platform takes 32 MB; a command has its body and what was read of it. */
const maxBodyLength = 1_000_000;
/** A batch whose leader has not called by then has lost its leader: nobody joins it any more. Ms. */
const openForMs = 100;
/** Whoever has heard nothing by then asks alone. Longer than the object waits (`joinedWaitMs`), shorter than a client does. Ms. */
const answerWithinMs = 2_000;
/** So long nothing is joined after a call that saved none. Ms. */
const pauseMs = 1_000;
/** No request is under way for longer: its deadline and a margin. Ms. */
const longestRequestMs = 11_000;

/** What came of a batch. `alone`: it was of one order, and was not called. `lost`: the call failed, or nothing came of it. */
type Outcome = readonly JoinedOrderReply[] | "alone" | "lost";

interface Batch {
  readonly openedAtMs: number;
  readonly commands: PlaceOrderCommand[];
  bodyLength: number;
  /** Never rejects; never ends if its leader's life does. */
  readonly outcome: Promise<Outcome>;
}

/** Of one object. */
export class JoinedOrders {
  readonly #turn: () => Promise<void>;
  readonly #underWay = new UnderWay(longestRequestMs);
  #open: Batch | null = null;
  #aloneUntilMs = 0;

  /** @param turn Ends when the requests that have already arrived have had their turn; it belongs to the request that asks for it. */
  constructor(turn = nextTurn) {
    this.#turn = turn;
  }

  /**
   * Places the order. Who comes alone calls at once; who comes while others are under way goes with those who come in the same moment.
   *
   * @throws What the order's own call throws.
   */
  async place(command: PlaceOrderCommand, request: PlacingRequest): Promise<PlaceOrderReply> {
    const nowMs = Date.now();
    const isAlone = !this.#underWay.hasAny(nowMs) || nowMs < this.#aloneUntilMs;
    const end = this.#underWay.begin(nowMs);
    try {
      return isAlone ? await request.host().placeOrder(command) : await this.#join(command, { request, nowMs });
    } finally {
      end();
    }
  }

  async #join(command: PlaceOrderCommand, { request, nowMs }: Joining): Promise<PlaceOrderReply> {
    const batch = this.#openBatch(request, nowMs);
    const index = batch.commands.push(command) - 1;
    batch.bodyLength += command.request.body.length;
    if (batch.commands.length >= maxCommands || batch.bodyLength >= maxBodyLength) this.#close(batch);
    const outcome = await within(batch.outcome, answerWithinMs);
    if (outcome === "lost") this.#pause();
    const reply = typeof outcome === "string" ? null : (outcome[index] ?? null);
    if (reply !== null && reply !== begun) return JSON.parse(reply) as PlaceOrderReply;
    const waitMs = Math.max(0, command.waitMs - (Date.now() - nowMs));
    const knowsItself = outcome !== "alone" && (reply === begun || request.hasIdOfItsOwn());
    return request.host().placeOrder({ ...command, waitMs, ...(knowsItself && { askedAgain: true }) });
  }

  #openBatch(leader: PlacingRequest, nowMs: number): Batch {
    if (this.#open !== null && nowMs - this.#open.openedAtMs < openForMs) return this.#open;
    const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
    const batch: Batch = { openedAtMs: nowMs, commands: [], bodyLength: 0, outcome };
    this.#open = batch;
    const call = this.#lead(batch, leader).then(resolve);
    leader.keepAlive(call);
    return batch;
  }

  async #lead(batch: Batch, { host }: PlacingRequest): Promise<Outcome> {
    await this.#turn();
    this.#close(batch);
    const { commands } = batch;
    if (commands.length === 1) return "alone";
    try {
      const replies = await host().placeOrdersAsTexts(commands);
      const unanswered = replies.filter((reply) => reply === null || reply === begun).length;
      if (unanswered > commands.length / 2) this.#pause();
      return replies;
    } catch {
      // Each order's own call tells what is wrong.
      return "lost";
    }
  }

  #close(batch: Batch): void {
    if (this.#open === batch) this.#open = null;
  }

  #pause(): void {
    this.#aloneUntilMs = Date.now() + pauseMs;
  }
}

interface Joining {
  readonly request: PlacingRequest;
  readonly nowMs: number;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** The outcome, or `lost` after so many ms. The timer is the caller's own. */
function within(outcome: Promise<Outcome>, ms: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("lost"), ms);
    void outcome.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
