/**
 * The shipped actors (OrderActor with all its orders, a StockActor for each SKU) on simulated disks, with the queues,
 * consumers and the payment provider around them.
 */
import { OrderActor } from "../../durable-objects/order/actor.ts";
import type { OrderActorEnv } from "../../durable-objects/order/env.ts";
import { forgetShards, learnShards } from "../../durable-objects/order/shard-hints.ts";
import { StockActor, type StockActorEnv } from "../../durable-objects/stock/actor.ts";
import type { ChargeCommand, ChargeReply, LookUpReply, PaymentApi, RefundCommand, StockActorApi } from "../../shared/contracts/rpc.ts";
import { OperatingError } from "../../shared/errors/operating-error.ts";
import type { QueuedEvent } from "../../shared/events/catalogue.ts";
import { readEvents } from "../../shared/events/event-list.ts";
import type { OrderNotice } from "../../shared/events/order-notice.ts";
import type { VirtualClock } from "./clock.ts";
import { Crash, type Life } from "./disk.ts";
import { SimulatedObject } from "./durable-object.ts";
import { EventOracle } from "./event-oracle.ts";
import type { FaultPlan } from "./faults.ts";
import { SimulatedGateway } from "./gateway.ts";
import { Network } from "./network.ts";
import { SimulatedProvider } from "./provider.ts";
import { StockOracle } from "./stock-oracle.ts";

/** A charge or a void may be under way for as long as the payment Worker waits for its provider. */
const slowPaymentMs = 30_000;
/** Long enough for a reservation to arrive after the run that sent it has died and the next one was refused. */
const slowStockMs = 25_000;
const context = { requestId: "req", correlationId: "cor" };

export type QueueName = "order-events" | "notifications";
export type SentEvent = QueuedEvent | OrderNotice;

export class SimulatedShop {
  readonly provider = new SimulatedProvider();
  /** What each consumer has worked on, by event id. */
  readonly consumed: Record<QueueName, Map<string, SentEvent>> = { "order-events": new Map(), notifications: new Map() };
  /** Every time that a consumer got an event, in order. */
  readonly deliveries: { readonly queue: QueueName; readonly event: SentEvent; readonly atMs: number }[] = [];
  readonly orders: SimulatedObject<OrderActor>;
  readonly network: Network;
  readonly gateway: SimulatedGateway;
  readonly oracle = new StockOracle();
  readonly events: EventOracle;
  /** SKUs that are spread over several objects at some time. */
  readonly split = new Set<string>();
  /** SKUs that have been put on sale. */
  readonly opened = new Set<string>();
  readonly #stocks = new Map<string, SimulatedObject<StockActor>>();
  readonly #clock: VirtualClock;
  readonly #plan: FaultPlan;

  readonly #fresh: boolean;

  /** @param fresh Without tables, as a new deployment. @param doorMs Of the gateway. */
  constructor(clock: VirtualClock, plan: FaultPlan, { fresh = false, doorMs = 0 }: { fresh?: boolean; doorMs?: number }) {
    this.#clock = clock;
    this.#plan = plan;
    this.#fresh = fresh;
    this.network = new Network(clock, plan.fault);
    const common = { clock, fault: plan.fault, fresh };
    const construct = (ctx: DurableObjectState, life: Life): OrderActor => {
      this.#hearOfShards();
      return new OrderActor(ctx, this.#orderEnv(life));
    };
    this.orders = new SimulatedObject({ ...common, kind: "order", name: "orders", construct });
    this.gateway = new SimulatedGateway({
      ...{ clock, doorMs, network: this.network, fault: plan.fault },
      call: (work) => this.orders.call(work),
    });
    this.events = new EventOracle(this.orders.disk);
  }

  /** Nothing has gone wrong in this run. */
  get isCalm(): boolean {
    return this.#plan.met.size === 0;
  }

  /** Puts a product into its actor, as often as it takes. */
  async open(sku: string, units: number, priceMinor: number): Promise<void> {
    await this.put(sku, priceMinor);
    await this.#insist(() => this.stock(sku).call((actor) => actor.receive({ sku, operationId: "opening", quantity: units })));
    this.opened.add(sku);
  }

  async put(sku: string, priceMinor: number): Promise<void> {
    this.oracle.putBegins(sku, priceMinor);
    await this.#insist(() => this.stock(sku).call((actor) => actor.putProduct({ sku, name: sku, priceMinor, currency: "EUR", context })));
    this.oracle.putEnds(sku, priceMinor);
  }

  async setShards(sku: string, shards: number): Promise<void> {
    await this.#insist(() => this.stock(sku).call((actor) => actor.setShards({ sku, shards })));
  }

  /** As often as it takes: the object may die under it, or one of its shards may not answer. */
  async #insist(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash || error instanceof OperatingError)) throw error;
      if (error instanceof OperatingError) await this.#clock.sleep(1_000);
      await this.#insist(work);
    }
  }

  stock(sku: string): SimulatedObject<StockActor> {
    let stock = this.#stocks.get(sku);
    if (stock === undefined) this.#stocks.set(sku, (stock = this.#newStock(sku)));
    return stock;
  }

  get stocks(): readonly SimulatedObject<StockActor>[] {
    return [...this.#stocks.values()];
  }

  close(): void {
    for (const object of [this.orders, ...this.stocks]) object.close();
  }

  #newStock(key: string): SimulatedObject<StockActor> {
    const construct = (ctx: DurableObjectState, life: Life): StockActor => new StockActor(ctx, this.#stockEnv(life));
    const common = { clock: this.#clock, fault: this.#plan.fault, fresh: this.#fresh, kind: "stock", name: key } as const;
    const object = new SimulatedObject({ ...common, construct });
    this.oracle.watch(key, object.disk);
    return object;
  }

  /** A new process has heard what others said, and that may be old. */
  #hearOfShards(): void {
    forgetShards();
    for (const sku of this.split) learnShards(sku, 1 + Math.floor(this.#clock.random() * 4));
  }

  #stockEnv(life: Life): StockActorEnv {
    const env = {
      STOCK_PLACEMENT: "per-sku",
      STOCK_HOSTS: "1",
      STOCK_ACTOR: { idFromName: (key: string) => key, get: (key: string) => this.#peerStub(key, life) },
      ORDER_EVENTS: this.#queue("order-events", life),
    };
    return env as unknown as StockActorEnv;
  }

  /** Another object of a split SKU. */
  #peerStub(key: string, from: Life): Pick<StockActorApi, "borrow" | "settle" | "auditShard"> {
    const call = <Reply>(what: string, work: (actor: StockActorApi) => Promise<Reply>): Promise<Reply> =>
      this.network.call({ what, from, slowMs: slowStockMs }, () => this.stock(key).call(work));
    return {
      borrow: (command) => call("borrow", (actor) => actor.borrow(command)),
      settle: (command) => call("settle", (actor) => actor.settle(command)),
      auditShard: (query) => call("audit", (actor) => actor.auditShard(query)),
    };
  }

  #orderEnv(life: Life): OrderActorEnv {
    const env = {
      ORDER_PLACEMENT: "pooled",
      ORDER_HOSTS: "1",
      STOCK_PLACEMENT: "per-sku",
      STOCK_HOSTS: "1",
      STOCK_ACTOR: { idFromName: (sku: string) => sku, get: (sku: string) => this.#stockStub(sku, life) },
      PAYMENT: this.#payment(life),
      ORDER_EVENTS: this.#queue("order-events", life),
      NOTIFICATIONS_QUEUE: this.#queue("notifications", life),
    };
    return env as unknown as OrderActorEnv;
  }

  #stockStub(sku: string, from: Life) {
    const call =
      <Command, Reply>(what: string, method: (actor: StockActorApi, command: Command) => Promise<Reply>) =>
      (command: Command): Promise<Reply> =>
        this.network.call({ what, from, slowMs: slowStockMs }, () => this.stock(sku).call((actor) => method(actor, command)));
    return {
      reserveMany: call("reserve", (actor, commands: Parameters<StockActorApi["reserveMany"]>[0]) =>
        this.oracle.asking(commands, () => actor.reserveMany(commands)),
      ),
      reserve: call("reserve", async (actor, command: Parameters<StockActorApi["reserve"]>[0]) => {
        const [joined] = await this.oracle.asking([command], async () => [{ ok: true, reply: await actor.reserve(command) } as const]);
        return joined.reply;
      }),
      reserveAndCommit: call("reserve", (actor, wishes: Parameters<StockActorApi["reserveAndCommit"]>[0]) =>
        this.oracle.asking(
          wishes.map((wish) => (wish.kind === "reserve" ? wish : null)),
          () => actor.reserveAndCommit(wishes),
        ),
      ),
      commitMany: call("commit", (actor, commands: Parameters<StockActorApi["commitMany"]>[0]) => actor.commitMany(commands)),
      release: call("release", (actor, command: Parameters<StockActorApi["release"]>[0]) => actor.release(command)),
      commit: call("commit", (actor, command: Parameters<StockActorApi["commit"]>[0]) => actor.commit(command)),
      restock: call("restock", (actor, command: Parameters<StockActorApi["restock"]>[0]) => actor.restock(command)),
    };
  }

  #payment(from: Life): Pick<PaymentApi, "charge" | "chargeTogether" | "lookUp" | "void" | "refund"> {
    const { provider, network } = this;
    const slow = { from, slowMs: slowPaymentMs };
    return {
      charge: (command: ChargeCommand) => network.call({ what: "charge", ...slow }, () => provider.charge(command)),
      chargeTogether: (commands: readonly ChargeCommand[]) =>
        network.call({ what: "charge", ...slow }, () => commands.map((command) => ({ ok: true, reply: this.#chargeAtOnce(command) }))),
      lookUp: (command: ChargeCommand) => network.call({ what: "look-up", from }, () => this.#lookUp(command)),
      void: (command: ChargeCommand) => network.call({ what: "void", ...slow }, () => provider.void(command)),
      refund: (command: RefundCommand) => network.call({ what: "refund", ...slow }, () => provider.refund(command)),
    };
  }

  #chargeAtOnce(command: ChargeCommand): ChargeReply | "alone" {
    return this.#plan.fault("takes time: charge", 0.5) ? "alone" : this.provider.charge(command);
  }

  /** A provider may be at work on a charge itself, and says so. */
  #lookUp(command: ChargeCommand): LookUpReply {
    const reply = this.provider.lookUp(command);
    return reply.ok && this.#plan.fault("processing: look-up", 0.3) ? { ok: false, code: "processing" } : reply;
  }

  #queue(name: QueueName, from: Life): Pick<Queue, "send" | "sendBatch"> {
    const sendBatch = async (messages: Iterable<MessageSendRequest>) => {
      const events = [...messages].flatMap(({ body }) => readEvents(body) as readonly SentEvent[]);
      for (const event of events) this.events.sending(name, event);
      await this.network.call({ what: "send", from }, () => {
        for (const event of events) void this.#deliver(name, event);
      });
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    };
    return { sendBatch, send: (body) => sendBatch([{ body }]) };
  }

  /** The broker and the consumer: a message may be lost, late or doubled, its work may be done and the acknowledgement lost. */
  async #deliver(queue: QueueName, event: SentEvent): Promise<void> {
    const { fault } = this.#plan;
    if (fault("message lost", 0.5)) return;
    if (fault("message doubled", 0.3)) void this.#deliver(queue, event);
    await this.#clock.sleep(this.#clock.random() * (fault("message late", 0.2) ? 60_000 : 3_000));
    this.consumed[queue].set(event.id, event);
    this.deliveries.push({ queue, event, atMs: this.#clock.nowMs });
    if (fault("acknowledgement lost", 0.5)) return;
    await this.#acknowledge(queue, event).catch(() => undefined);
  }

  #acknowledge(consumer: QueueName, event: SentEvent): Promise<void> {
    const eventIds = [event.id];
    if (event.type === "holdfast.product.changed.v1") {
      return this.stock(event.data.product.sku).call((actor) => actor.acknowledgeEvents({ eventIds }));
    }
    return this.orders.call((actor) => actor.acknowledgeEvents({ consumer, eventIds }));
  }
}
