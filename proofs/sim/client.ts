/** A shop's client: places one order, asks again until it knows the end, and then does with it what customers and shops do. */
import type { ChangeOrderReply, OrderChange, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { canonicalJson } from "../../shared/platform/canonical-json.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import type { VirtualClock } from "./clock.ts";
import { Crash } from "./disk.ts";
import type { PlaceRequest } from "./gateway.ts";
import type { SimulatedShop } from "./shop.ts";

export interface OrderPlan {
  readonly name: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly onDecline: "fail" | "wait";
  readonly holdMs: number;
  /** The request id that it sends whenever it asks for the order. Default: none, and each request is given one of its own. */
  readonly sentId?: string;
  /** Whoever placed it asks once and leaves: nobody wakes the order, and it must come to its end all the same. */
  readonly leaves?: boolean;
  /** When the order is placed, virtual ms. */
  readonly placedAtMs: number;
  /** The changes are wanted side by side, not one after the other. */
  readonly atOnce?: boolean;
  readonly changes: readonly WishPlan[];
}

export interface WishPlan {
  /** After the wish before, or `atOnce` after the order was placed. Virtual ms. */
  readonly afterMs: number;
  /** Already in the moment in which this version of the order is written, if that comes before. */
  readonly atVersion?: number;
  /** Without waiting for the order's end. */
  readonly early: boolean;
  readonly change: OrderChange;
}

/** One question of a client, and what it heard. `reply` null: nothing; the connection broke, or it waited for `patienceMs`. */
export interface Heard {
  /** The change's operation id; null: the order was placed, or asked for again. */
  readonly operationId: string | null;
  readonly askedAtMs: number;
  readonly heardAtMs: number;
  readonly reply: PlaceOrderReply | ChangeOrderReply | null;
  /** Of an answer to an order that was placed or asked for again: the request's id. */
  readonly requestId?: string;
}

type Settled = Extract<PlaceOrderReply, { kind: "settled" }>;
type Final = Exclude<ChangeOrderReply, { kind: "not_found" }>;

/** A client gives up on an answer after this long and asks again, as the gateway's deadline would make it. */
export const patienceMs = 10_000;
const tries = 3_000;
/** Longer than any hold and than the slowest resending, so that whatever still waits then has gone to sleep. Virtual ms. */
const awayMs = 40 * 60_000;

export class Client {
  readonly plan: OrderPlan;
  readonly orderId: string;
  /** The first two settled answers to the order, and to each change. */
  readonly answers: Settled[] = [];
  readonly finals = new Map<string, Final[]>();
  /** Everything that it asked, in the order in which it heard. */
  readonly heard: Heard[] = [];
  readonly #shop: SimulatedShop;
  readonly #clock: VirtualClock;

  constructor(plan: OrderPlan, shop: SimulatedShop, clock: VirtualClock) {
    this.plan = plan;
    this.orderId = orderIdFor(plan.name);
    this.#shop = shop;
    this.#clock = clock;
  }

  async run(): Promise<void> {
    await this.#clock.sleep(this.plan.placedAtMs);
    await Promise.all([this.#place(), this.#change()]);
  }

  async #place(): Promise<void> {
    if (this.plan.leaves === true) await this.#leave();
    for (let count = 0; this.answers.length < 2; count += 1) {
      if (count > tries) throw new Error(`${this.plan.name} never settles`);
      const reply = await this.#askForOrder();
      if (reply?.kind === "settled") this.answers.push(reply);
      if (reply?.kind === "mismatch") throw new Error(`${this.plan.name} is said to be another request`);
      await this.#clock.sleep(1_000 + this.#clock.random() * 5_000);
    }
  }

  async #leave(): Promise<void> {
    await this.#askForOrder();
    await this.#clock.sleep(awayMs);
    const orderIds = [this.orderId];
    const [audit] = await this.#shop.orders.call((actor) => actor.auditOrders({ orderIds }));
    if (audit === undefined || (audit.settled && audit.delivered)) return;
    throw new Error(`${this.orderId} has gone to sleep at ${audit.status}${audit.settled ? ", and nobody was told" : ""}`);
  }

  /** Each change is asked for until it is granted or refused, and once more: the second answer must be the first. */
  async #change(): Promise<void> {
    const { changes, atOnce } = this.plan;
    if (atOnce === true) await Promise.all(changes.map((change) => this.#want(change)));
    else for (const change of changes) await this.#want(change);
  }

  async #want({ afterMs, atVersion, early, change }: WishPlan): Promise<void> {
    const itsTime = this.#clock.sleep(afterMs);
    await (atVersion === undefined ? itsTime : Promise.race([itsTime, this.#shop.events.written(this.orderId, atVersion)]));
    while (!early && this.answers.length === 0) await this.#clock.sleep(1_000);
    const finals: Final[] = [];
    this.finals.set(change.operationId, finals);
    for (let count = 0; finals.length < 2; count += 1) {
      if (count > tries) throw new Error(`${change.kind} of ${this.plan.name} never settles`);
      const reply = await this.#askForChange(change);
      if (reply?.kind === "settled" || reply?.kind === "refused") finals.push(reply);
      await this.#clock.sleep(500 + this.#clock.random() * 5_000);
    }
  }

  async #askForOrder(): Promise<PlaceOrderReply | null> {
    const askedAtMs = this.#clock.nowMs;
    const answered = await this.#ask("place", () => this.#shop.gateway.place(this.#request(), this.plan.sentId ?? null));
    const heard = { operationId: null, askedAtMs, heardAtMs: this.#clock.nowMs };
    this.heard.push(answered === null ? { ...heard, reply: null } : { ...heard, ...answered });
    return answered?.reply ?? null;
  }

  async #askForChange(change: OrderChange): Promise<ChangeOrderReply | null> {
    const { operationId } = change;
    const askedAtMs = this.#clock.nowMs;
    const reply = await this.#ask("change", () => {
      this.#shop.events.asked();
      return this.#shop.orders.call((actor) => actor.changeOrder(this.#changeCommand(change)));
    });
    this.heard.push({ operationId, askedAtMs, heardAtMs: this.#clock.nowMs, reply });
    return reply;
  }

  /** null when no answer came: the connection broke, or it took too long. */
  async #ask<Reply extends object>(what: string, ask: () => Promise<Reply>): Promise<Reply | null> {
    const answer = this.#shop.network.call({ what, from: null }, ask).catch((error: unknown) => {
      if (error instanceof Crash || (error instanceof Error && error.message.startsWith("the connection"))) return null;
      throw error;
    });
    return Promise.race([answer, this.#clock.sleep(patienceMs).then(() => null)]);
  }

  #request(): PlaceRequest {
    const { name, items, paymentMethod, onDecline, holdMs } = this.plan;
    const request = { method: "POST", path: "/v1/orders", body: canonicalJson({ items, paymentMethod }) };
    const common = { principalId: "alice", expectedTotalMinor: null, metadata: {}, waitMs: 9_000 };
    return { ...common, name, request, items, paymentMethod, onDecline, holdMs };
  }

  #changeCommand(change: OrderChange) {
    return { orderId: this.orderId, principalId: "alice", change, context, waitMs: 9_000 };
  }
}

const context = { requestId: "req", correlationId: "cor" };
