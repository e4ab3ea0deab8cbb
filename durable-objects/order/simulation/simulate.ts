/**
 * One seeded run of the shipped order actor's parts (saga host, stores, outbox, alarm) against neighbours that are slow,
 * lose requests and replies, and do things twice and late, while the actor crashes around its commits and in between.
 * Time is virtual: the caller has faked Date and setTimeout and passes the means to advance them.
 */
import type { PlaceOrderReply } from "../../../shared/contracts/rpc.ts";
import { canonicalJson } from "../../../shared/platform/canonical-json.ts";
import type { Logger } from "../../../shared/platform/logger.ts";
import type { Metrics } from "../../../shared/platform/metrics.ts";
import { AlarmScheduler } from "../../kernel/alarm-scheduler.ts";
import { Outbox, type Destination } from "../../kernel/outbox.ts";
import { ActorSchema } from "../../kernel/schema.ts";
import { destinations } from "../order-messages.ts";
import { RequestStore } from "../request-store.ts";
import { saleDestination } from "../sale-destination.ts";
import { SagaHost } from "../saga-host.ts";
import { OrderStore, orderSchema } from "../store.ts";
import { Crash, Disk, Life } from "./disk.ts";
import { SimulatedProvider, SimulatedStock } from "./world.ts";

export interface SimulationOptions {
  readonly random: () => number;
  readonly advance: (ms: number) => Promise<unknown>;
  /** How likely each fault is while faults last, 0 to 1. */
  readonly faultRate: number;
  readonly orders: number;
}

/** Faults stop here; then everything must come to its end. Virtual ms. */
const faultsLastMs = 60_000;
/** Long enough for an order to give up (15 min) and for the slowest resending (10 min, twice). */
const healingMs = 45 * 60_000;

interface Actor {
  readonly life: Life;
  readonly host: SagaHost;
  readonly orders: OrderStore;
  readonly outbox: Outbox;
  readonly alarms: AlarmScheduler;
}

export interface SimulatedOrder {
  readonly name: string;
  readonly paymentMethod: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  /** Settled answers the client has got, in order. */
  readonly answers: Extract<PlaceOrderReply, { kind: "settled" }>[];
}

export class Simulation {
  /** Scarce, so that orders are refused for units that others give back a moment later. */
  readonly stock: { readonly A: SimulatedStock; readonly B: SimulatedStock };
  readonly provider = new SimulatedProvider();
  readonly orders: readonly SimulatedOrder[];
  /** Events each consumer has worked on, by queue. */
  readonly consumed = { [destinations.events]: new Map<string, unknown>(), [destinations.notifications]: new Map<string, unknown>() };
  /** Faults that have happened, so that a run that met none is seen. */
  readonly met = new Map<string, number>();
  readonly #disk = new Disk();
  readonly #options: SimulationOptions;
  #actor: Actor | null = null;
  #faulty = true;
  #alarm: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const units = (): number => 1 + Math.floor(options.random() * 4);
    this.stock = { A: new SimulatedStock("A", units(), 500), B: new SimulatedStock("B", units(), 300) };
    this.#disk.onAlarm = (atMs) => this.#schedule(atMs);
    this.orders = Array.from({ length: options.orders }, (_, index) => this.#newOrder(index));
  }

  async run(): Promise<void> {
    const clients = this.orders.map((order) => this.#client(order));
    for (let now = 0; now < faultsLastMs; now += 500) {
      await this.#options.advance(500);
      if (this.#fault("crash of the process", 0.05)) this.#kill();
    }
    this.#faulty = false;
    await this.#options.advance(healingMs);
    await Promise.all(clients);
  }

  close(): void {
    if (this.#alarm !== undefined) clearTimeout(this.#alarm);
    this.#disk.close();
  }

  /** The actor as it is now, made anew when the last one crashed. */
  async actor(): Promise<Actor> {
    for (;;) {
      if (this.#actor?.life.alive === true) return this.#actor;
      try {
        const actor = this.#newActor();
        await actor.alarms.restore();
        this.#actor = actor;
      } catch (error) {
        // It crashed while it was being made; it is made again.
        if (!(error instanceof Crash)) throw error;
      }
    }
  }

  #newActor(): Actor {
    const life = new Life((moment) => this.#fault(`crash ${moment}`, 0.03));
    const storage = this.#disk.connect(life);
    const schema = new ActorSchema(storage, orderSchema);
    const orders = new OrderStore(storage.sql);
    const outbox = new Outbox({ sql: storage.sql, schema, logger: silent, destinations: this.#destinations(life) });
    let host: SagaHost | undefined = undefined;
    const due = {
      name: "orders",
      nextDueMs: () => (schema.exists ? orders.nextDueMs() : null),
      runDue: async (nowMs: number) => host?.runDue(nowMs),
    };
    const alarms = new AlarmScheduler(storage, [due, outbox], silent);
    host = new SagaHost({
      ctx: { waitUntil: () => undefined },
      tables: { storage, orders, requests: new RequestStore(storage.sql), outbox, alarms },
      ports: {
        stock: (sku) => ({
          reserve: (command) => this.#call(life, "reserve", () => this.#stockOf(sku).reserve(command)),
          release: (command) => this.#call(life, "release", () => this.#stockOf(sku).release(command)),
        }),
        payment: {
          charge: (command) => this.#call(life, "charge", () => this.provider.charge(command)),
          lookUp: (command) => this.#call(life, "look-up", () => this.provider.lookUp(command)),
        },
      },
      metrics: silentMetrics,
    });
    schema.ensure();
    return { life, host, orders, outbox, alarms };
  }

  #stockOf(sku: string): SimulatedStock {
    return sku === "A" ? this.stock.A : this.stock.B;
  }

  #destinations(life: Life): Destination[] {
    const queue = (name: "order-events" | "notifications"): Destination => ({
      name,
      send: async (rows) => {
        await this.#call(life, "send", () => rows.forEach((row) => void this.#deliver(name, row.id, row.body)));
        return [];
      },
    });
    const commit = (command: { sku: string; reservationId: string }): Promise<void> =>
      this.#call(life, "commit", () => this.#stockOf(command.sku).commit(command));
    return [queue(destinations.events), queue(destinations.notifications), saleDestination(() => ({ commit }), silent)];
  }

  /** The broker and the consumer: a message may be lost or come late, its work may be done and the acknowledgement lost. */
  async #deliver(queue: "order-events" | "notifications", id: string, body: string): Promise<void> {
    if (this.#fault("message lost", 0.5)) return;
    await this.#sleep(this.#options.random() * 3_000);
    this.consumed[queue].set(id, JSON.parse(body));
    if (this.#fault("acknowledgement lost", 0.5)) return;
    const { outbox, life } = await this.actor();
    if (life.alive) this.#unlessCrashed(() => outbox.confirm(queue, [id]));
  }

  /** A call to a neighbour: slow, lost on the way there or back, or done again later. A dead caller hears nothing. */
  async #call<Reply>(life: Life, what: string, work: () => Reply): Promise<Reply> {
    life.assertAlive();
    await this.#sleep(this.#fault(`slow ${what}`, 0.3) ? this.#options.random() * 6_000 : this.#options.random() * 20);
    if (this.#fault(`request lost: ${what}`, 0.4)) return this.#lost(life, what);
    const reply = work();
    // A refusal writes nothing and is final for its caller; RPC delivers at most once, so nobody repeats one that was heard.
    const refused = typeof reply === "object" && reply !== null && "ok" in reply && reply.ok === false;
    if (!refused && this.#fault(`twice: ${what}`, 0.3)) void this.#sleep(this.#options.random() * 10_000).then(() => this.#again(work));
    if (this.#fault(`reply lost: ${what}`, 0.4)) return this.#lost(life, what);
    if (!life.alive) return new Promise(() => undefined);
    return reply;
  }

  /** A late duplicate of a sale whose hold it made itself is the only one that may be refused; nobody hears of it. */
  #again(work: () => unknown): void {
    try {
      work();
    } catch {
      // Its caller is long gone.
    }
  }

  async #lost(life: Life, what: string): Promise<never> {
    if (!life.alive || this.#options.random() < 0.5) return new Promise(() => undefined);
    throw new Error(`the connection to ${what} broke`);
  }

  /** Sends its order until it has a settled answer, and once more to see that the answer stays. */
  async #client(order: SimulatedOrder): Promise<void> {
    await this.#sleep(this.#options.random() * 10_000);
    for (let tries = 0; order.answers.length < 2; tries++) {
      if (tries > 2_000) throw new Error(`${order.name} never settles`);
      const reply = await this.#place(order);
      if (reply?.kind === "settled") order.answers.push(reply);
      await this.#sleep(1_000 + this.#options.random() * 5_000);
    }
  }

  async #place(order: SimulatedOrder): Promise<PlaceOrderReply | null> {
    const { items, paymentMethod, name } = order;
    const request = { method: "POST", path: "/v1/orders", body: canonicalJson({ items, paymentMethod }) };
    const context = { requestId: "req", correlationId: "cor" };
    const common = { principalId: "alice", expectedTotalMinor: null, metadata: {}, context, waitMs: 9_000 };
    const { host, life } = await this.actor();
    const answer = host.placeOrder({ ...common, name, request, items, paymentMethod }).catch((error: unknown) => {
      if (error instanceof Crash) return null;
      throw error;
    });
    const deadline = this.#sleep(10_000).then(() => null);
    const reply = await Promise.race([answer, deadline]);
    return life.alive ? reply : null;
  }

  /** The platform rings; an alarm whose actor crashed under it rings again. */
  #schedule(atMs: number): void {
    if (this.#alarm !== undefined) clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => void this.#ring(), Math.max(0, atMs - Date.now()));
  }

  async #ring(): Promise<void> {
    this.#disk.alarmAtMs = null;
    const { alarms, life } = await this.actor();
    await alarms.run().catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    if (life.alive) return;
    this.#disk.alarmAtMs ??= Date.now() + 2_000;
    this.#schedule(this.#disk.alarmAtMs);
  }

  #kill(): void {
    if (this.#actor !== null) this.#actor.life.alive = false;
  }

  #unlessCrashed(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  #fault(name: string, share: number): boolean {
    if (!this.#faulty || this.#options.random() >= share * this.#options.faultRate) return false;
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
    return true;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  #newOrder(index: number): SimulatedOrder {
    const { random } = this.#options;
    const quantity = (): number => 1 + Math.floor(random() * 2);
    const both = [
      { sku: "A", quantity: quantity() },
      { sku: "B", quantity: quantity() },
    ];
    const items = random() < 0.5 ? both : both.slice(0, 1);
    const paymentMethod = random() < 0.5 ? "pm_card_visa" : "pm_card_declined";
    return { name: index.toString(16).padStart(32, "0"), items, paymentMethod, answers: [] };
  }
}

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const silentMetrics: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  gauge: () => undefined,
  flush: () => Promise.resolve(),
  scheduleFlush: () => undefined,
};
