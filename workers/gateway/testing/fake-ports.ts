/** The gateway's ports without a world behind them. A call that a test did not expect fails it. */
import { vi } from "vitest";
import type { WireOrder } from "../../../shared/contracts/order.ts";
import type { WirePayment, WireRefund, WireReturn } from "../../../shared/contracts/payment.ts";
import type { WireProduct } from "../../../shared/contracts/product.ts";
import { isSimulatedPaymentMethod } from "../../../shared/contracts/payment-methods.ts";
import type {
  ChangeOrderReply,
  IdempotentRequest,
  OrderActorApi,
  StockActorApi,
  StockLevels,
  StoredReply,
} from "../../../shared/contracts/rpc.ts";
import { canonicalJson } from "../../../shared/platform/canonical-json.ts";
import { createApp } from "../app.ts";
import type { GatewayApp } from "../hono.ts";
import type { GatewayPorts, GatewaySettings } from "../ports.ts";

// The lines of hundreds of requests would hide what a failing test has to say.
for (const level of ["info", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);

/** The keys whose SHA-256 the fake settings know. */
export const customerKey = "customer-key";
export const operatorKey = "operator-key";
export const startMs = Date.parse("2026-11-21T09:30:00.000Z");
export const madeId = "01890000-0000-7000-8000-000000000000";

export const fakeSettings: GatewaySettings = {
  apiKeys: [
    { id: "ada", role: "customer", keySha256: "768184f9dd45b80db2ddbbe0540ad9eaa46be91c923f03c65bfb611b77c3a405" },
    { id: "ops", role: "operator", keySha256: "c9736463f555cdb7d2a78cfd7aa8b8c4f09d906d78f8dab9228eda30a28c2818" },
  ],
  duplicatePolicy: "replay",
  knowsPaymentMethod: isSimulatedPaymentMethod,
  deadlineMs: 10_000,
};

export type PortOverrides = Partial<Omit<GatewayPorts, "settings" | "orderActor" | "stockActor">> & {
  readonly settings?: Partial<GatewaySettings>;
  readonly orderActor?: Partial<OrderActorApi>;
  readonly stockActor?: Partial<StockActorApi>;
};

export function fakePorts({ settings, orderActor, stockActor, ...overrides }: PortOverrides = {}): GatewayPorts {
  return {
    settings: { ...fakeSettings, ...settings },
    orderActor: () => refusing<OrderActorApi>("orderActor", orderActor),
    placeOrder: (command) => refusing<OrderActorApi>("orderActor", orderActor).placeOrder(command),
    stockActor: () => refusing<StockActorApi>("stockActor", stockActor),
    notifications: refusing("notifications"),
    payment: refusing("payment"),
    auditor: refusing("auditor"),
    listOrders: unexpected("listOrders"),
    listProducts: unexpected("listProducts"),
    productCache: fakeCache(),
    checkHealth: unexpected("checkHealth"),
    metrics: { count: vi.fn(), observe: vi.fn(), gauge: vi.fn(), flush: () => Promise.resolve(), scheduleFlush: vi.fn() },
    metricsActor: refusing("metricsActor"),
    chaos: undefined,
    jobs: undefined,
    assets: unexpected("assets"),
    now: () => startMs,
    sleep: unexpected("sleep"),
    newId: () => madeId,
    ...overrides,
  };
}

export const fakeApp = (overrides?: PortOverrides): GatewayApp => createApp(fakePorts(overrides));

/** A cache in which nothing is ever found. */
export const fakeCache = (): GatewayPorts["productCache"] => ({
  getProduct: vi.fn(() => Promise.resolve(null)),
  putProduct: vi.fn(() => Promise.resolve()),
  getPage: vi.fn(() => Promise.resolve(null)),
  putPage: vi.fn(() => Promise.resolve()),
  ping: vi.fn(() => Promise.resolve()),
});

function unexpected(name: string): () => never {
  return () => {
    throw new Error(`${name} was not expected to be called`);
  };
}

function refusing<Api extends object>(name: string, known: Partial<Api> = {}): Api {
  return new Proxy(known, { get: (target, member) => Reflect.get(target, member) ?? unexpected(`${name}.${String(member)}`) }) as Api;
}

/** The part of an order actor that remembers requests, as `beginRequest` is described to work. */
export function fakeRequestRecord(): Pick<OrderActorApi, "beginRequest" | "finishRequest" | "abandonRequest"> {
  const records = new Map<string, { readonly request: IdempotentRequest; reply?: StoredReply }>();
  /** The names whose request may run again at once; another request may still not take them. */
  const abandoned = new Set<string>();
  return {
    beginRequest: vi.fn<OrderActorApi["beginRequest"]>(({ name, request }) => {
      const record = records.get(name);
      if (record === undefined) records.set(name, { request });
      if (record === undefined) return Promise.resolve({ kind: "run" as const });
      if (canonicalJson(record.request) !== canonicalJson(request))
        return Promise.resolve({ kind: "mismatch" as const, fields: ["body.quantity"] });
      if (abandoned.delete(name)) return Promise.resolve({ kind: "run" as const });
      return Promise.resolve(record.reply === undefined ? { kind: "running" as const } : { kind: "replay" as const, reply: record.reply });
    }),
    finishRequest: vi.fn<OrderActorApi["finishRequest"]>(({ name, reply }) => {
      const record = records.get(name);
      if (record !== undefined) record.reply = reply;
      return Promise.resolve();
    }),
    abandonRequest: vi.fn<OrderActorApi["abandonRequest"]>(({ name }) => {
      abandoned.add(name);
      return Promise.resolve();
    }),
  };
}

export const wireOrder: WireOrder = {
  id: "ord_0123456789abcdef0123456789abcdef",
  status: "confirmed",
  items: [
    {
      sku: "PROD-1",
      name: "One",
      quantity: 2,
      unit_price_minor: 500,
      line_total_minor: 1000,
      fulfilled_quantity: 0,
      returned_quantity: 0,
    },
  ],
  total_minor: 1000,
  currency: "EUR",
  payment: { id: "pay_0123456789abcdef0123456789abcdef", status: "captured", amount_minor: 1000, refunded_minor: 0 },
  hold_expires_at: null,
  cancellation: null,
  correlation_id: "journey-1",
  version: 4,
  created_at: "2026-11-21T09:30:00.000Z",
  updated_at: "2026-11-21T09:30:00.005Z",
  metadata: {},
};

export const wirePayment: WirePayment = {
  id: "pay_0123456789abcdef0123456789abcdef",
  order_id: wireOrder.id,
  status: "captured",
  payment_method: "pm_card_visa",
  attempt: 1,
  amount_minor: 1000,
  refunded_minor: 0,
  currency: "EUR",
  reference: "ch_1",
  decline_reason: null,
  refunds: [],
  created_at: "2026-11-21T09:30:00.000Z",
  updated_at: "2026-11-21T09:30:00.005Z",
};

export const wireRefund: WireRefund = {
  id: `${wireOrder.id}:refund:1`,
  order_id: wireOrder.id,
  payment_id: wirePayment.id,
  amount_minor: 400,
  currency: "EUR",
  status: "succeeded",
  reason: "damaged",
  detail: null,
  created_at: "2026-11-21T10:00:00.000Z",
};

export const wireReturn: WireReturn = {
  id: `${wireOrder.id}:return:1`,
  order_id: wireOrder.id,
  items: [{ sku: "PROD-1", quantity: 1 }],
  status: "restocked",
  reason: null,
  created_at: "2026-11-21T10:00:00.000Z",
};

/** The reply of an order actor that has done what was asked. */
export const changed: Extract<ChangeOrderReply, { kind: "settled" | "working" }> = {
  kind: "settled",
  order: wireOrder,
  payment: wirePayment,
  refund: null,
  return: null,
};

/** An order actor that remembers requests and answers every change with this reply, in turn when there are several. */
export function fakeOrderActor(...replies: readonly ChangeOrderReply[]) {
  const left = [...replies];
  const changeOrder = vi.fn<OrderActorApi["changeOrder"]>(() => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? changed));
  return { ...fakeRequestRecord(), changeOrder };
}

export const wireProduct: WireProduct = {
  sku: "PROD-1",
  name: "One",
  price_minor: 500,
  currency: "EUR",
  version: 1,
  updated_at: "2026-11-21T09:30:00.000Z",
};

export const stockLevels: StockLevels = { sku: "PROD-1", onHand: 10, reserved: 2, available: 8, sold: 5, received: 15, shards: 1 };

export interface SendOptions {
  /** The bearer key; default the customer's, null for none. */
  readonly key?: string | null;
  /** Default `key-1` for a POST; null for none. */
  readonly idempotencyKey?: string | null;
  /** Sent as JSON, or as it is when it is a text or bytes. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Sends one request to an app, with what most requests have. */
export function send(app: GatewayApp, [method, path]: readonly [string, string], options: SendOptions = {}): Promise<Response> {
  const { key = customerKey, idempotencyKey = method === "POST" ? "key-1" : null, body, headers } = options;
  const sent = typeof body === "string" || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body);
  const all = new Headers({ ...(sent !== undefined && { "Content-Type": "application/json" }), ...headers });
  if (key !== null) all.set("Authorization", `Bearer ${key}`);
  if (idempotencyKey !== null) all.set("Idempotency-Key", idempotencyKey);
  return Promise.resolve(app.request(path, { method, headers: all, ...(sent !== undefined && { body: sent }) }));
}

/** The problem document of a response that must be one. */
export async function problemOf(response: Response): Promise<Record<string, unknown>> {
  if (response.headers.get("Content-Type") !== "application/problem+json") throw new Error(`Not a problem: ${response.status}`);
  return await response.json();
}
