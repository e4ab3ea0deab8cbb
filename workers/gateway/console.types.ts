/** The wire types that the console's modules name in their JSDoc. Types only: nothing of this file is served. */
export type { WireHealth, DependencyHealth } from "../../shared/contracts/health.ts";
export type { OrderStatus, PlaceOrderBody, WireOrder, WireTimeline, WireTimelineEntry } from "../../shared/contracts/order.ts";
export type { WireAudit, WireDisagreement, WireIntervention, WireStuckItem, WireStuckList } from "../../shared/contracts/audit.ts";
export type { WireGremlin } from "../../shared/contracts/chaos.ts";
export type { WirePayment, WireRefund, WireReturn } from "../../shared/contracts/payment.ts";
export type { SimulatedPaymentMethod as PaymentMethod } from "../../shared/contracts/payment-methods.ts";
export type { WireInventory, WireProduct } from "../../shared/contracts/product.ts";
export type { Problem } from "../../shared/errors/problem.ts";

/** Who is signed in. The role decides only what is offered; the gateway decides what is allowed. */
export interface Session {
  readonly key: string;
  readonly role: "operator" | "customer";
}

/** One order being placed: the key and the body stay together, so that a repetition is the same request. */
export interface Attempt {
  readonly key: string;
  readonly body: import("../../shared/contracts/order.ts").PlaceOrderBody;
}

/** good, warn and bad are the light's three colours; busy is work under way; neutral is none of these. */
export type Tone = "good" | "warn" | "bad" | "busy" | "neutral";
