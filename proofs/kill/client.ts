/** One client: does what its seed has planned, one order after the other, and writes down every answer. */
import { orderSchema, type WireOrder } from "../../shared/contracts/order.ts";
import type { Random } from "../shared/random.ts";
import { ask } from "./ask.ts";
import { describe, isFinal, placedOrderId, problemOf, type Answer, type Entry, type Operation, type OrderBook } from "./books.ts";
import { planNext, type OrderPlan, type PlannedChange, type PlannedSku } from "./plan-load.ts";
import { readForward, type Checked } from "./read-forward.ts";

export interface ClientOptions {
  /** Part of every key, so that no two clients or runs share one. */
  readonly name: string;
  readonly random: Random;
  readonly skus: readonly PlannedSku[];
  readonly checked: Checked;
}

export class Client {
  readonly #options: ClientOptions;
  #keys = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Does one piece of work: an order with all that belongs to it, or a delivery. @throws When the link's signal ends it. */
  async work(): Promise<void> {
    const { random, skus } = this.#options;
    const plan = planNext(random, skus);
    if (plan.kind === "order") return this.#placeOrder(plan.order);
    const path = `/v1/inventory/${plan.sku}/receive`;
    await this.#ask(this.#open({ kind: "receive", as: "operator", path, body: { quantity: plan.quantity } }));
  }

  /** Asks again for what has no final answer yet. */
  async finish(entry: Entry): Promise<void> {
    await this.#ask(entry);
  }

  async #placeOrder({ body, duplicate, whenConfirmed, whileOpen }: OrderPlan): Promise<void> {
    const place = this.#open({ kind: "place", as: "customer", path: "/v1/orders", body });
    const [answer] = await Promise.all([this.#ask(place), ...(duplicate === "beside" ? [this.#ask(place)] : [])]);
    const id = placedOrderId(answer);
    const { books, verdict } = this.#options.checked;
    if (id === null) {
      verdict.fail("placing", `${describe(place.operation)} made no order: ${answer.status} ${answer.text}`);
      return;
    }
    const book = books.orderOf(place, id);
    if (duplicate === "after") await this.#ask(place);
    if (answer.status >= 300) return;
    const order = orderSchema.parse(JSON.parse(answer.text));
    books.saw(book, order);
    await this.#change(book, { order, changes: answer.status === 201 ? whenConfirmed : whileOpen });
  }

  async #change(book: OrderBook, { order, changes }: { order: WireOrder; changes: readonly PlannedChange[] }): Promise<void> {
    let now = order;
    for (const change of changes) {
      const operation = operationOf(change, now);
      if (operation === null) continue;
      const entry = this.#open(operation);
      book.changes.push(entry);
      await this.#ask(entry);
      now = (await readForward(this.#options.checked, book)) ?? now;
    }
  }

  #open(operation: Omit<Operation, "key">): Entry {
    const { checked, name } = this.#options;
    return checked.books.open({ ...operation, key: `${name}-${(this.#keys += 1)}` });
  }

  async #ask(entry: Entry): Promise<Answer> {
    const { link, books, verdict } = this.#options.checked;
    const { operation } = entry;
    const known = entry.final !== null;
    const answer = await ask(link, operation, (given) => given.status === 202 || isFinal(operation, given));
    const wrong = books.answered(entry, answer, { known, atMs: Date.now() });
    if (wrong !== null) verdict.fail("replay", `${describe(operation)} was ${wrong}`);
    if (problemOf(answer.text)?.code === "not_found")
      verdict.fail("lost", `${describe(operation)} found nothing, and the order was acknowledged`);
    return answer;
  }
}

/** null when the order has nothing that it could be asked of. */
function operationOf(change: PlannedChange, order: WireOrder): Omit<Operation, "key"> | null {
  const to = `/v1/orders/${order.id}`;
  switch (change.kind) {
    case "cancel":
      return { kind: "cancel", as: "customer", path: `${to}/cancel`, body: { reason: "changed my mind" } };
    case "pay":
      return { kind: "pay", as: "customer", path: "/v1/payments", body: { order_id: order.id, payment_method: change.paymentMethod } };
    case "refund": {
      const amount = change.share === null ? {} : { amount_minor: Math.max(1, Math.floor((order.total_minor ?? 1) * change.share)) };
      return { kind: "refund", as: "operator", path: `${to}/refunds`, body: { ...amount, reason: "goodwill" } };
    }
    case "fulfil": {
      const one = order.items.find((item) => item.fulfilled_quantity < item.quantity);
      const body = change.whole || one === undefined ? {} : { items: [{ sku: one.sku, quantity: 1 }] };
      return { kind: "fulfil", as: "operator", path: `${to}/fulfil`, body };
    }
    case "return": {
      const out = order.items.filter((item) => item.fulfilled_quantity > item.returned_quantity);
      const items = out.map((item) => ({ sku: item.sku, quantity: change.whole ? item.fulfilled_quantity - item.returned_quantity : 1 }));
      return items.length === 0
        ? null
        : { kind: "return", as: "operator", path: `${to}/returns`, body: { items: change.whole ? items : items.slice(0, 1) } };
    }
  }
}
