/**
 * The shipped actors (OrderActor with all its orders, a StockActor for each SKU) on simulated disks, with the queues,
 * consumers and the payment provider around them.
 */
import { OrderActor } from "../../durable-objects/order/actor.ts";
import type { OrderActorEnv } from "../../durable-objects/order/env.ts";
import { StockActor, type StockActorEnv } from "../../durable-objects/stock/actor.ts";
import type { ChargeCommand, LookUpReply, PaymentApi, RefundCommand, StockActorApi } from "../../shared/contracts/rpc.ts";
import type { QueuedEvent } from "../../shared/events/catalogue.ts";
import type { VirtualClock } from "./clock.ts";
import { Crash, type Life } from "./disk.ts";
import { SimulatedObject } from "./durable-object.ts";
import type { FaultPlan } from "./faults.ts";
import { Network } from "./network.ts";
import { SimulatedProvider } from "./provider.ts";

/** A charge or a void may be under way for as long as the payment Worker waits for its provider. */
const slowPaymentMs = 30_000;
/** Long enough for a reservation to arrive after the run that sent it has died and the next one was refused. */
const slowStockMs = 25_000;
const context = { requestId: "req", correlationId: "cor" };

export type QueueName = "order-events" | "notifications";

export class SimulatedShop {
  readonly provider = new SimulatedProvider();
  /** What each consumer has worked on, by event id. */
  readonly consumed: Record<QueueName, Map<string, QueuedEvent>> = { "order-events": new Map(), notifications: new Map() };
  /** Every time that a consumer got an event, in order. */
  readonly deliveries: { readonly queue: QueueName; readonly event: QueuedEvent; readonly atMs: number }[] = [];
  readonly orders: SimulatedObject<OrderActor>;
  readonly network: Network;
  /** SKUs that have been put on sale. */
  readonly opened = new Set<string>();
  readonly #stocks = new Map<string, SimulatedObject<StockActor>>();
  readonly #clock: VirtualClock;
  readonly #plan: FaultPlan;

  readonly #fresh: boolean;

  /** @param fresh Without tables, as a new deployment. */
  constructor(clock: VirtualClock, plan: FaultPlan, fresh: boolean) {
    this.#clock = clock;
    this.#plan = plan;
    this.#fresh = fresh;
    this.network = new Network(clock, plan.fault);
    const common = { clock, fault: plan.fault, fresh };
    const construct = (ctx: DurableObjectState, life: Life): OrderActor => new OrderActor(ctx, this.#orderEnv(life));
    this.orders = new SimulatedObject({ ...common, kind: "order", name: "orders", construct });
  }

  /** Nothing has gone wrong in this run. */
  get isCalm(): boolean {
    return this.#plan.met.size === 0;
  }

  /** Puts a product into its actor, as often as it takes. */
  async open(sku: string, units: number, priceMinor: number): Promise<void> {
    try {
      await this.stock(sku).call(async (actor) => {
        await actor.putProduct({ sku, name: sku, priceMinor, currency: "EUR", context });
        await actor.receive({ sku, operationId: "opening", quantity: units });
      });
      this.opened.add(sku);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      await this.open(sku, units, priceMinor);
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

  #newStock(sku: string): SimulatedObject<StockActor> {
    const construct = (ctx: DurableObjectState, life: Life): StockActor => new StockActor(ctx, this.#stockEnv(life));
    return new SimulatedObject({ clock: this.#clock, fault: this.#plan.fault, fresh: this.#fresh, kind: "stock", name: sku, construct });
  }

  #stockEnv(life: Life): StockActorEnv {
    return { ORDER_EVENTS: this.#queue("order-events", life) } as unknown as StockActorEnv;
  }

  #orderEnv(life: Life): OrderActorEnv {
    const env = {
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
      reserve: call("reserve", (actor, command: Parameters<StockActorApi["reserve"]>[0]) => actor.reserve(command)),
      reserveMany: call("reserve", (actor, commands: Parameters<StockActorApi["reserveMany"]>[0]) => actor.reserveMany(commands)),
      commitMany: call("commit", (actor, commands: Parameters<StockActorApi["commitMany"]>[0]) => actor.commitMany(commands)),
      release: call("release", (actor, command: Parameters<StockActorApi["release"]>[0]) => actor.release(command)),
      commit: call("commit", (actor, command: Parameters<StockActorApi["commit"]>[0]) => actor.commit(command)),
      restock: call("restock", (actor, command: Parameters<StockActorApi["restock"]>[0]) => actor.restock(command)),
    };
  }

  #payment(from: Life): Pick<PaymentApi, "charge" | "lookUp" | "void" | "refund"> {
    const { provider, network } = this;
    const slow = { from, slowMs: slowPaymentMs };
    return {
      charge: (command: ChargeCommand) => network.call({ what: "charge", ...slow }, () => provider.charge(command)),
      lookUp: (command: ChargeCommand) => network.call({ what: "look-up", from }, () => this.#lookUp(command)),
      void: (command: ChargeCommand) => network.call({ what: "void", ...slow }, () => provider.void(command)),
      refund: (command: RefundCommand) => network.call({ what: "refund", ...slow }, () => provider.refund(command)),
    };
  }

  /** A provider may be at work on a charge itself, and says so. */
  #lookUp(command: ChargeCommand): LookUpReply {
    const reply = this.provider.lookUp(command);
    return reply.ok && this.#plan.fault("processing: look-up", 0.3) ? { ok: false, code: "processing" } : reply;
  }

  #queue(name: QueueName, from: Life): Pick<Queue<QueuedEvent>, "sendBatch"> {
    const sendBatch = async (messages: Iterable<{ readonly body: QueuedEvent }>) => {
      await this.network.call({ what: "send", from }, () => {
        for (const { body } of messages) void this.#deliver(name, body);
      });
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    };
    return { sendBatch };
  }

  /** The broker and the consumer: a message may be lost, late or doubled, its work may be done and the acknowledgement lost. */
  async #deliver(queue: QueueName, event: QueuedEvent): Promise<void> {
    const { fault } = this.#plan;
    if (fault("message lost", 0.5)) return;
    if (fault("message doubled", 0.3)) void this.#deliver(queue, event);
    await this.#clock.sleep(this.#clock.random() * (fault("message late", 0.2) ? 60_000 : 3_000));
    this.consumed[queue].set(event.id, event);
    this.deliveries.push({ queue, event, atMs: this.#clock.nowMs });
    if (fault("acknowledgement lost", 0.5)) return;
    await this.#acknowledge(queue, event).catch(() => undefined);
  }

  #acknowledge(consumer: QueueName, event: QueuedEvent): Promise<void> {
    const eventIds = [event.id];
    if (event.type === "holdfast.product.changed.v1") {
      return this.stock(event.data.product.sku).call((actor) => actor.acknowledgeEvents({ eventIds }));
    }
    return this.orders.call((actor) => actor.acknowledgeEvents({ consumer, eventIds }));
  }
}
