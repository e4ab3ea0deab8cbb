/**
 * Orders that requests place at the same object in the same moment, as one call: a call costs on both sides what one order's does.
 * Requests of one isolate share it. Each has a life of its own (an I/O context), and the runtime ends what a request has begun (calls, timers)
 * with that life, so none relies on another one's: whoever hears nothing of the call that it was part of asks alone. Asking again is safe,
 * for the order's key makes it one order. Each asks again once, so an object is never asked more often than if nothing were joined; and of
 * the hundreds who may have to in the same moment, when a call fails or the object is slow, all but a few wait for their turn (`AskingPace`).
 *
 * The rule of this file: a request awaits only promises that it has made itself. Another one may resolve them: workerd hands the
 * continuation to the context that the promise was made in (compatibility flag `handle_cross_request_promise_resolution`, default since
 * 2024-10-14). Who awaits another request's promise may go on in the other one's context, where its own body and timers are refused.
 */
import {
  begun,
  type JoinedOrderReply,
  type OrderActorApi,
  type PlaceOrderCommand,
  type PlaceOrderReply,
} from "../../shared/contracts/rpc.ts";
import { AskingPace, type AskingPaceOptions } from "./asking-pace.ts";
import { UnderWay } from "./under-way.ts";

/** One request that places an order. */
export interface PlacingRequest {
  /** This request's own way to the object: what is called belongs to the request. */
  readonly host: () => Pick<OrderActorApi, "placeOrder" | "placeOrdersAsTexts">;
  /** Keeps the request's life going until the work has ended, though its client may have gone. */
  readonly keepAlive: (work: Promise<unknown>) => void;
  /** Whether no other request can have the id of this one. */
  readonly hasIdOfItsOwn: boolean;
}

/** A call, and the commit that it makes, stay short; as in `durable-objects/kernel/joined-calls.ts`. */
const maxCommands = 250;
/** Characters of bodies in one call, of which the platform takes 32 MB; a command has its body and what was read of it. */
const maxBodyLength = 1_000_000;
/** A batch whose leader has not called by then has lost its leader: nobody joins it any more. Ms. */
const openForMs = 100;
/** Longer than the object waits (`joinedWaitMs`), and short enough for the order's own call to be answered in time. Ms. */
const defaultAnswerWithinMs = 2_000;
/** So long nothing is joined after a call that saved none. Ms. */
const pauseMs = 1_000;
/** No request is under way for longer: its deadline and a margin. Ms. */
const longestRequestMs = 11_000;

/** What one order hears of its batch. */
type Heard =
  | { readonly kind: "answered"; readonly reply: JoinedOrderReply }
  /** The batch was of one order, and was not called. */
  | { readonly kind: "alone" }
  /** The call failed, or nothing came of it. */
  | { readonly kind: "lost" };

interface Waiting {
  readonly command: PlaceOrderCommand;
  /** Resolves a promise that the waiting request has made. Called once or, when the leader's life ends, never. */
  readonly hear: (heard: Heard) => void;
}

interface Batch {
  readonly openedAtMs: number;
  readonly waiting: Waiting[];
  bodyLength: number;
}

export interface JoinedOrdersOptions {
  /** Ends when the requests that have already arrived have had their turn; made by the request that leads. Default: a timer of 0 ms. */
  readonly turn?: () => Promise<void>;
  /** Whoever has heard nothing of his batch by then asks alone, ms. Default 2 s. */
  readonly answerWithinMs?: number;
  /** Of those who ask alone because their call gave them no answer. */
  readonly askingPace?: AskingPaceOptions;
  /** Hears of each joined call how many of its orders it answered, and how many ask alone. */
  readonly count?: (outcome: "answered" | "alone" | "lost", orders: number) => void;
  /** Hears why a joined call failed, once for each call. */
  readonly onLost?: (reason: unknown) => void;
}

/** Of one object. */
export class JoinedOrders {
  readonly #turn: () => Promise<void>;
  readonly #answerWithinMs: number;
  readonly #count: NonNullable<JoinedOrdersOptions["count"]>;
  readonly #onLost: NonNullable<JoinedOrdersOptions["onLost"]>;
  readonly #askingPace: AskingPace;
  readonly #underWay = new UnderWay(longestRequestMs);
  #open: Batch | null = null;
  #aloneUntilMs = 0;

  constructor({ turn = nextTurn, answerWithinMs = defaultAnswerWithinMs, askingPace, count, onLost }: JoinedOrdersOptions = {}) {
    this.#turn = turn;
    this.#answerWithinMs = answerWithinMs;
    this.#askingPace = new AskingPace(askingPace);
    this.#count = count ?? (() => undefined);
    this.#onLost = onLost ?? (() => undefined);
  }

  /**
   * Places the order. Who comes alone calls at once; who comes while others are under way goes with those who come in the same moment.
   * The request is to keep its own life going until this has ended, should its client hang up: workerd complains at length of each promise
   * that is resolved when its request's life is over.
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
    const heard = await this.#hear(command, { request, nowMs });
    if (heard.kind === "lost") this.#pause();
    const reply = heard.kind === "answered" ? heard.reply : null;
    if (reply !== null && reply !== begun) return JSON.parse(reply) as PlaceOrderReply;
    const leftMs = (): number => Math.max(0, command.waitMs - (Date.now() - nowMs));
    if (heard.kind !== "alone") await this.#turnToAsk(leftMs());
    const knowsItself = heard.kind !== "alone" && (reply === begun || request.hasIdOfItsOwn);
    return request.host().placeOrder({ ...command, waitMs: leftMs(), ...(knowsItself && { askedAgain: true }) });
  }

  /** With a timer of the request's own. Half of the time that is left is for the answer. */
  async #turnToAsk(leftMs: number): Promise<void> {
    const waitMs = this.#askingPace.waitMs(Date.now(), leftMs / 2);
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  async #hear(command: PlaceOrderCommand, { request, nowMs }: Joining): Promise<Heard> {
    const { promise, resolve } = Promise.withResolvers<Heard>();
    this.#add({ command, hear: resolve }, { request, nowMs });
    const timer = setTimeout(() => resolve({ kind: "lost" }), this.#answerWithinMs);
    const heard = await promise;
    clearTimeout(timer);
    return heard;
  }

  #add(waiting: Waiting, { request, nowMs }: Joining): void {
    const open = this.#open;
    const batch = open !== null && nowMs - open.openedAtMs < openForMs ? open : this.#openBatch(request, nowMs);
    batch.waiting.push(waiting);
    batch.bodyLength += waiting.command.request.body.length;
    if (batch.waiting.length >= maxCommands || batch.bodyLength >= maxBodyLength) this.#close(batch);
  }

  #openBatch(leader: PlacingRequest, nowMs: number): Batch {
    const batch: Batch = { openedAtMs: nowMs, waiting: [], bodyLength: 0 };
    this.#open = batch;
    leader.keepAlive(this.#lead(batch, leader));
    return batch;
  }

  /** Work of the leader's alone: its turn, its call. Never rejects. */
  async #lead(batch: Batch, leader: PlacingRequest): Promise<void> {
    await this.#turn();
    this.#close(batch);
    const heard = await this.#call(batch, leader);
    batch.waiting.forEach(({ hear }, index) => {
      hear(heard(index));
    });
  }

  async #call({ waiting }: Batch, { host }: PlacingRequest): Promise<(index: number) => Heard> {
    if (waiting.length === 1) return () => ({ kind: "alone" });
    try {
      const replies = await host().placeOrdersAsTexts(waiting.map(({ command }) => command));
      const unanswered = replies.filter((reply) => reply === null || reply === begun).length;
      if (unanswered > waiting.length / 2) this.#pause();
      this.#count("answered", waiting.length - unanswered);
      if (unanswered > 0) this.#count("alone", unanswered);
      return (index) => ({ kind: "answered", reply: replies[index] ?? null });
    } catch (error) {
      // Each order's own call tells its client what is wrong.
      this.#onLost(error);
      this.#count("lost", waiting.length);
      return () => ({ kind: "lost" });
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
