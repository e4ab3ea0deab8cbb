/**
 * What the order actor tells, held against its own disk: an event says what the order was in the commit that wrote it, however often it is
 * sent, and however late; and every time in the same words.
 */
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import { reviveOrder, type OrderState } from "../../shared/domain/order/state.ts";
import type { Disk } from "./disk.ts";
import type { QueueName, SentEvent } from "./shop.ts";

interface Written {
  /** Of the order as the wire has it, JSON. */
  readonly order: string;
  readonly updatedAt: string;
  readonly entries: number;
}

export class EventOracle {
  readonly violations: string[] = [];
  readonly met = new Map<string, number>();
  readonly #disk: Disk;
  /** Every version of every order, by its id. */
  readonly #written = new Map<string, Map<number, Written>>();
  /** Moments that somebody waits for, by order and version. */
  readonly #moments = new Map<string, PromiseWithResolvers<undefined>>();
  /** What was first sent, by queue and event id. */
  readonly #sent = new Map<string, string>();

  /** @param disk The order actor's. */
  constructor(disk: Disk) {
    this.#disk = disk;
    disk.onCommit = () => this.#look();
  }

  /** Resolves in the moment in which that version of the order is written: the actor may not have heard of its commit yet. */
  async written(orderId: string, version: number): Promise<void> {
    if (this.#written.get(orderId)?.has(version) === true) return;
    const name = `${orderId} ${version}`;
    const moment = this.#moments.get(name) ?? Promise.withResolvers<undefined>();
    this.#moments.set(name, moment);
    await moment.promise;
  }

  /** A change is asked of an order, at this moment. */
  asked(): void {
    if (this.#disk.unheard > 0) this.#note("change: between a commit and its being heard of");
  }

  /** The actor wants to send this; the network may still lose it. */
  sending(queue: QueueName, event: SentEvent): void {
    if (!("order" in event.data)) return;
    const [key, text] = [`${queue} ${event.id}`, JSON.stringify(event)];
    const first = this.#sent.get(key);
    this.#sent.set(key, first ?? text);
    if (first !== undefined && first !== text) this.violations.push(`${key} was sent as ${first}, and then as ${text}`);
    if (queue !== "order-events") return;
    const { order, journal } = event.data as { order: { version: number }; journal: readonly { seq: number }[] };
    const versions = this.#written.get(event.subject);
    const told = { order: JSON.stringify(order), updatedAt: event.time, entries: journal.at(-1)?.seq ?? 0 };
    const written = versions?.get(order.version);
    if (JSON.stringify(told) !== JSON.stringify(written))
      this.violations.push(`${key} tells ${JSON.stringify(told)}, and written was ${JSON.stringify(written)}`);
    const isFirst = journal[0]?.seq === 1;
    if (first !== undefined && isFirst)
      this.#note(`first event again, order ${versions?.has(order.version + 1) === true ? "" : "not "}changed`);
  }

  #look(): void {
    if (!this.#disk.hasTable("orders")) return;
    for (const row of this.#disk.read("SELECT order_id, version, state FROM orders")) {
      const [orderId, version] = [String(row["order_id"]), Number(row["version"])];
      let versions = this.#written.get(orderId);
      if (versions === undefined) this.#written.set(orderId, (versions = new Map<number, Written>()));
      if (versions.has(version)) continue;
      const state = reviveOrder(JSON.parse(String(row["state"])) as OrderState);
      const order = toWireOrder(state, version);
      versions.set(version, { order: JSON.stringify(order), updatedAt: order.updated_at, entries: state.entries });
      this.#moments.get(`${orderId} ${version}`)?.resolve(undefined);
    }
  }

  #note(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }
}
