/** One order for each test of an actor, with actors of its own, so that none depends on what another test left behind. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { OrderActor } from "../../durable-objects/order/actor.ts";
import { orderActor } from "../../durable-objects/order/client.ts";
import { stockActor } from "../../durable-objects/stock/client.ts";
import type { ChangeOrderReply, OrderActorApi, OrderChange, PlaceOrderCommand, PlaceOrderReply } from "../contracts/rpc.ts";
import { canonicalJson } from "../platform/canonical-json.ts";
import { orderIdFor } from "../platform/ids.ts";

export const context = { requestId: "req-1", correlationId: "cor-1" };

let tests = 0;

export class OwnOrder {
  readonly name: string;
  readonly orderId: string;
  readonly sku: string;

  private constructor() {
    tests += 1;
    this.name = tests.toString(16).padStart(32, "0");
    this.orderId = orderIdFor(this.name);
    this.sku = `OWN-${tests}`;
  }

  /** An order that nobody has placed yet, of a product of which there are 5, at 5.00 EUR. */
  static async make(): Promise<OwnOrder> {
    const own = new OwnOrder();
    const { sku } = own;
    await own.stock().putProduct({ sku, name: `Product ${sku}`, priceMinor: 500, currency: "EUR", context });
    await own.stock().receive({ sku, operationId: "in", quantity: 5 });
    return own;
  }

  actor(): OrderActorApi {
    return orderActor(env.ORDER_ACTOR, this.name, { kind: "per-order" });
  }

  rawActor(): DurableObjectStub<OrderActor> {
    return env.ORDER_ACTOR.get(env.ORDER_ACTOR.idFromName(this.name));
  }

  stock() {
    return stockActor(env.STOCK_ACTOR, this.sku, { kind: "per-sku" });
  }

  levels() {
    return this.stock().getLevels({ sku: this.sku });
  }

  place(overrides: Partial<PlaceOrderCommand> = {}): Promise<PlaceOrderReply> {
    return this.actor().placeOrder(this.command(overrides));
  }

  /** Two units, and a card that is accepted. */
  command(overrides: Partial<PlaceOrderCommand> = {}): PlaceOrderCommand {
    const items = [{ sku: this.sku, quantity: 2 }];
    const paymentMethod = overrides.paymentMethod ?? "pm_card_visa";
    const common = { principalId: "alice", expectedTotalMinor: null, holdMs: 900_000, onDecline: "fail", metadata: {} } as const;
    const command = { name: this.name, request: this.request(paymentMethod), items, paymentMethod, ...common, context, waitMs: 9_000 };
    return { ...command, ...overrides };
  }

  request(paymentMethod: string): PlaceOrderCommand["request"] {
    const body = canonicalJson({ items: [{ sku: this.sku, quantity: 2 }], payment_method: paymentMethod });
    return { method: "POST", path: "/v1/orders", body };
  }

  change(change: OrderChange, principalId: string | null = "alice"): Promise<ChangeOrderReply> {
    return this.actor().changeOrder({ orderId: this.orderId, principalId, change, context, waitMs: 9_000 });
  }

  /** Its alarm as it rings `ms` from now. */
  async ringAfter(ms: number): Promise<void> {
    vi.useFakeTimers({ now: Date.now() + ms, toFake: ["Date"] });
    await runDurableObjectAlarm(this.rawActor());
    vi.useRealTimers();
  }

  /** Of the order actor's tables. */
  query(statement: string, ...bindings: readonly string[]) {
    return runInDurableObject(this.rawActor(), (_actor: OrderActor, state) => state.storage.sql.exec(statement, ...bindings).toArray());
  }
}
