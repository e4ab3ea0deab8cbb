/** The shop behind the fake gateway: products, stock, orders and their journals, kept just well enough to look real. */
import { createHash } from "node:crypto";
import type { WireHealth } from "../../shared/contracts/health.ts";
import {
  defaultHoldSeconds,
  type PlaceOrderBody,
  type WireOrder,
  type WireTimeline,
  type WireTimelineEntry,
} from "../../shared/contracts/order.ts";
import type { WirePayment } from "../../shared/contracts/payment.ts";
import type { WireInventory, WireProduct } from "../../shared/contracts/product.ts";
import type { ProblemCode } from "../../shared/errors/codes.ts";
import { applyChange, charged, soldBy, toPayment, type FakeChange } from "./console.fake-changes.ts";

/** A name that would run if any of it were taken for markup. */
export const hostileName = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;

const startedAtMs = Date.now();
const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);
const at = (ms: number): string => new Date(ms).toISOString();

export class FakeShop {
  readonly products: WireProduct[] = [
    product("MUG-01", "Stoneware mug", 1450),
    product("LAMP-7", "Desk lamp, brass", 8900),
    product("EVIL-1", hostileName, 300),
    product("BOOK-3", "Notebook, dotted, A5", 990),
  ];
  health: WireHealth = healthWith({});
  /** Orders placed while it is set stay pending_payment until `settle`. */
  paymentIsDown = false;
  /** While it is set the list does not learn of new orders. */
  projectionIsHeld = false;
  averageLatencyS = 0.012;

  readonly #levels = new Map<string, WireInventory>([
    ["MUG-01", levels("MUG-01", { received: 120, reserved: 4, sold: 38 })],
    ["LAMP-7", levels("LAMP-7", { received: 12, reserved: 0, sold: 12 })],
    ["EVIL-1", levels("EVIL-1", { received: 50, reserved: 0, sold: 0 })],
    ["BOOK-3", levels("BOOK-3", { received: 400, reserved: 25, sold: 160 })],
  ]);
  readonly #orders = new Map<string, WireOrder>();
  readonly #payments = new Map<string, WirePayment>();
  readonly #projected = new Map<string, WireOrder>();

  levelsOf(sku: string): WireInventory | undefined {
    return this.#levels.get(sku);
  }

  receive(sku: string, quantity: number): WireInventory | undefined {
    return this.#move(sku, { received: quantity, reserved: 0, sold: 0 });
  }

  orderOf(id: string): WireOrder | undefined {
    return this.#orders.get(id);
  }

  /** Every order that the list may know, newest first. */
  projected(): WireOrder[] {
    if (!this.projectionIsHeld) for (const [id, order] of this.#orders) this.#projected.set(id, order);
    return [...this.#projected.values()].sort((left, right) => (left.created_at < right.created_at ? 1 : -1));
  }

  place(key: string, body: PlaceOrderBody, placedAtMs = Date.now()): { order: WireOrder; replayed: boolean } {
    const id = `ord_${hash(key)}`;
    const known = this.#orders.get(id);
    if (known !== undefined) return { order: known, replayed: true };
    const order = this.#decide(body, { id, placedAtMs });
    this.#orders.set(id, order);
    return { order, replayed: false };
  }

  /** The payment provider is back: what was pending is charged. */
  settle(): void {
    this.paymentIsDown = false;
    for (const [id, order] of this.#orders) {
      if (order.status !== "pending_payment") continue;
      this.#orders.set(id, {
        ...charged(order),
        version: order.version + 1,
      });
    }
  }

  paymentOf(id: string): WirePayment | undefined {
    const order = this.#orders.get(id);
    return order === undefined ? undefined : toPayment(order, this.#payments.get(id));
  }

  /** Does what is asked of an order, and answers the order and its payment afterwards; a refusal leaves both as they were. */
  change(id: string, change: FakeChange): { order: WireOrder; payment: WirePayment } | ProblemCode {
    const [order, payment] = [this.#orders.get(id), this.paymentOf(id)];
    if (order === undefined || payment === undefined) return "not_found";
    const changed = applyChange({ order, payment }, change);
    if (typeof changed === "string") return changed;
    this.#payments.set(id, changed.payment);
    this.#orders.set(id, { ...changed.order, version: order.version + 1 });
    if (changed.order.status !== order.status) this.#moveSold(order, soldBy(changed.order.status) - soldBy(order.status));
    return { order: this.#orders.get(id) ?? order, payment: changed.payment };
  }

  timelineOf(id: string): WireTimeline | undefined {
    const order = this.#orders.get(id);
    return order === undefined ? undefined : timelineOf(order);
  }

  metricsText(): string {
    const count = this.#orders.size;
    return [
      "# TYPE http_request_duration_seconds histogram",
      `http_request_duration_seconds_sum{service="gateway",method="POST",path="/v1/orders"} ${count * this.averageLatencyS}`,
      `http_request_duration_seconds_count{service="gateway",method="POST",path="/v1/orders"} ${count}`,
      `http_request_duration_seconds_sum{service="gateway",method="GET",path="/v1/orders"} 90`,
      `http_request_duration_seconds_count{service="gateway",method="GET",path="/v1/orders"} 10`,
    ].join("\n");
  }

  #moveSold({ items }: WireOrder, sign: number): void {
    for (const { sku, quantity } of items) this.#move(sku, { received: 0, reserved: 0, sold: sign * quantity });
  }

  #move(sku: string, { received, reserved, sold }: { received: number; reserved: number; sold: number }): WireInventory | undefined {
    const level = this.#levels.get(sku);
    if (level === undefined) return undefined;
    const next = levels(sku, { received: level.received + received, reserved: level.reserved + reserved, sold: level.sold + sold });
    this.#levels.set(sku, next);
    return next;
  }

  #decide(body: PlaceOrderBody, { id, placedAtMs }: { id: string; placedAtMs: number }): WireOrder {
    const order = this.#newOrder(body, { id, placedAtMs });
    const short = body.items.filter(({ sku, quantity }) => (this.#levels.get(sku)?.available ?? 0) < quantity);
    if (short.length > 0) {
      const lines = short.map(({ sku, quantity }) => ({ sku, requested: quantity, available: this.#levels.get(sku)?.available ?? null }));
      return {
        ...order,
        status: "failed",
        failure: { code: "out_of_stock", detail: `Not enough of ${short.map(({ sku }) => sku).join(", ")}`, lines },
      };
    }
    if (body.payment_method !== "pm_card_visa") {
      const payment = { ...order.payment, status: "declined" as const };
      const holdEnds = at(placedAtMs + (body.hold_seconds ?? defaultHoldSeconds) * 1_000);
      if (body.on_decline === "wait") return { ...order, status: "pending_payment", payment, hold_expires_at: holdEnds };
      return { ...order, status: "failed", payment, failure: { code: "payment_declined", detail: "The card was declined" } };
    }
    if (this.paymentIsDown) return { ...order, status: "pending_payment", payment: { ...order.payment, status: "unknown" } };
    this.#moveSold(order, 1);
    return charged(order);
  }

  #newOrder(body: PlaceOrderBody, { id, placedAtMs }: { id: string; placedAtMs: number }): WireOrder {
    const items = body.items.map(({ sku, quantity }) => {
      const { name, price_minor: price } = this.products.find((candidate) => candidate.sku === sku) ?? { name: null, price_minor: 0 };
      const moved = { fulfilled_quantity: 0, returned_quantity: 0 };
      return { sku, name, quantity, unit_price_minor: price, line_total_minor: price * quantity, ...moved };
    });
    const total = items.reduce((sum, item) => sum + item.line_total_minor, 0);
    const times = { created_at: at(placedAtMs), updated_at: at(placedAtMs + 14) };
    const payment = { id: id.replace("ord_", "pay_"), status: "none" as const, amount_minor: 0, refunded_minor: 0 };
    return {
      id,
      status: "pending",
      items,
      total_minor: total,
      currency: "EUR",
      payment,
      hold_expires_at: null,
      cancellation: null,
      correlation_id: `cor-${id.slice(4, 12)}`,
      version: 4,
      ...times,
      metadata: {},
    };
  }
}

function product(sku: string, name: string, priceMinor: number): WireProduct {
  return { sku, name, price_minor: priceMinor, currency: "EUR", version: 1, updated_at: at(startedAtMs) };
}

function levels(sku: string, { received, reserved, sold }: { received: number; reserved: number; sold: number }): WireInventory {
  const onHand = received - sold;
  return { sku, on_hand: onHand, reserved, available: onHand - reserved, sold, received, shards: 1 };
}

/** A health document with these dependencies down. */
export function healthWith(down: Record<string, string>): WireHealth {
  const names = ["database", "cache", "orders", "inventory", "payment", "notifications"];
  const entries = names.map((name, index) => {
    const detail = down[name];
    return [
      name,
      detail === undefined ? { status: "up" as const, latency_ms: index + 0.4 } : { status: "down" as const, latency_ms: 1000, detail },
    ] as const;
  });
  const isUnhealthy = "orders" in down || "inventory" in down;
  const status = isUnhealthy ? "unhealthy" : Object.keys(down).length > 0 ? "degraded" : "healthy";
  return { status, service: "gateway", dependencies: Object.fromEntries(entries), timestamp: at(Date.now()) };
}

function timelineOf(order: WireOrder): WireTimeline {
  const startMs = Date.parse(order.created_at);
  const stock = (effect: "held" | "sold" | "released" | "refused") => order.items.map(({ sku, quantity }) => ({ sku, quantity, effect }));
  const money = (effect: "captured" | "declined" | "unknown") => ({ effect, amount_minor: order.total_minor ?? 0, currency: "EUR" });
  const step = (step: WireTimelineEntry["step"], offsetMs: number, rest: Partial<WireTimelineEntry>) =>
    ({
      seq: 0,
      step,
      attempt: 1,
      at: at(startMs + offsetMs),
      duration_ms: 1.2,
      outcome: "ok",
      status: order.status,
      cause: "the step before",
      detail: null,
      stock: [],
      money: null,
      ...rest,
    }) satisfies WireTimelineEntry;
  const begin = [
    step("place", 0, { cause: "the request", status: "pending", duration_ms: 0.4 }),
    step("validate_cart", 1, { status: "cart_validated", duration_ms: 0.1 }),
  ];
  const held = step("reserve_inventory", 2, { status: "inventory_reserved", duration_ms: 3.8, stock: stock("held") });
  const unknown = (attempt: number, offsetMs: number) =>
    step("process_payment", offsetMs, {
      attempt,
      outcome: "unknown",
      status: "pending_payment",
      duration_ms: 2000,
      money: money("unknown"),
      detail: "The provider did not answer in 2 s",
    });
  const isWaiting = order.payment.status === "declined";
  const entries: Record<string, WireTimelineEntry[]> = {
    waiting: [...begin, held, step("process_payment", 6, { outcome: "refused", money: money("declined") })],
    confirmed: [
      ...begin,
      held,
      step("process_payment", 6, { status: "payment_processed", duration_ms: 6.3, money: money("captured") }),
      step("confirm", 13, { stock: stock("sold"), duration_ms: 2.1 }),
    ],
    out_of_stock: [
      ...begin,
      step("reserve_inventory", 2, { outcome: "refused", stock: stock("refused"), detail: order.failure?.detail ?? null }),
      step("fail", 5, {}),
    ],
    payment_declined: [
      ...begin,
      held,
      step("process_payment", 6, { outcome: "refused", money: money("declined"), detail: "The card was declined" }),
      step("release_inventory", 9, { stock: stock("released") }),
      step("fail", 12, {}),
    ],
    pending_payment: [...begin, held, unknown(1, 6), unknown(2, 2010)],
  };
  const isPending = order.status === "pending_payment" && !isWaiting;
  return {
    order_id: order.id,
    status: order.status,
    entries: (entries[order.failure?.code ?? (isWaiting ? "waiting" : order.status)] ?? begin).map((entry, index) => ({
      ...entry,
      seq: index + 1,
    })),
    next: isPending ? { step: "look_up_payment", attempt: 3, at: at(Date.now() + 8000) } : null,
  };
}
