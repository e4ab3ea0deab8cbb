/** Requests to a shop that may be gone at any moment: sent again with the same key until there is an answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { orderSchema, type WireOrder } from "../../shared/contracts/order.ts";
import type { ShopAddress } from "../shared/cloud-process.ts";
import type { Answer, Operation } from "./books.ts";

/** Longer than the gateway's own deadline, so that only a connection that is dead without saying so runs into it, ms. */
const requestTimeoutMs = 20_000;
/** Waits between two tries, ms: doubling, as a client that wants its order would. */
const firstWaitMs = 20;
const longestWaitMs = 400;
/** How long anything may go without an answer, ms: several restarts and the lease of a request whose run was killed. */
const patienceMs = 180_000;

export interface ShopLink {
  /** Where the shop is now; after a restart it is somewhere else. */
  readonly address: () => ShopAddress;
  /** Ends every waiting. */
  readonly signal: AbortSignal;
  /** Requests sent so far, and those that got no answer. */
  readonly traffic: { requests: number; broken: number };
}

/** Sends the request once. @throws When no answer came. */
export async function send(link: ShopLink, { as, path, key, body }: Operation): Promise<Answer> {
  const response = await request(link, {
    as,
    path,
    init: { method: "POST", body: JSON.stringify(body), headers: { "idempotency-key": key } },
  });
  return { status: response.status, text: response.text, replayed: response.headers.get("idempotent-replayed") === "true" };
}

/** Sends the request until somebody answers with anything but "not now". @throws When the signal ends it, or patience does. */
export async function ask(link: ShopLink, operation: Operation, isEnough: (answer: Answer) => boolean): Promise<Answer> {
  return untilAnswered(link, { what: `POST ${operation.path} with key ${operation.key}`, once: () => send(link, operation), isEnough });
}

/** An order as an operator reads it; null when there is none. @throws When the signal ends it. */
export async function readOrder(link: ShopLink, orderId: string): Promise<WireOrder | null> {
  const { status, text } = await read(link, `/v1/orders/${orderId}`);
  return status === 404 ? null : orderSchema.parse(JSON.parse(text));
}

/** Reads as an operator until there is an answer below 500. @throws When the signal ends it, or patience does. */
export async function read(link: ShopLink, path: string): Promise<Pick<Answer, "status" | "text">> {
  const once = () => request(link, { as: "operator", path, init: {} });
  return untilAnswered(link, { what: `GET ${path}`, once, isEnough: ({ status }) => status < 500 });
}

/** Writes a product, again until it is written. @throws When the signal ends it, or patience does. */
export async function putProduct(link: ShopLink, sku: string, product: object): Promise<void> {
  const path = `/v1/products/${sku}`;
  const once = () => request(link, { as: "operator", path, init: { method: "PUT", body: JSON.stringify(product) } });
  await untilAnswered(link, { what: `PUT ${path}`, once, isEnough: ({ status }) => status < 300 });
}

interface Repeated<Given> {
  readonly what: string;
  /** @throws When no answer came. */
  readonly once: () => Promise<Given>;
  readonly isEnough: (given: Given) => boolean;
}

async function untilAnswered<Given extends { readonly status: number; readonly text: string }>(
  { signal, traffic }: ShopLink,
  { what, once, isEnough }: Repeated<Given>,
): Promise<Given> {
  const giveUpAtMs = Date.now() + patienceMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    signal.throwIfAborted();
    const given = await once().catch((error: unknown) => String(error));
    if (typeof given !== "string" && isEnough(given)) return given;
    if (typeof given === "string") traffic.broken += 1;
    const last = typeof given === "string" ? given : `${given.status} ${given.text}`;
    if (Date.now() > giveUpAtMs) throw new Error(`${what} has had no answer for ${patienceMs / 1_000} s; the last: ${last}`);
    await sleep(waitMs, undefined, { signal });
  }
}

interface Call {
  readonly as: Operation["as"];
  readonly path: string;
  readonly init: { readonly method?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };
}

async function request(link: ShopLink, { as, path, init }: Call) {
  const { baseUrl, customerKey, operatorKey } = link.address();
  const headers = {
    authorization: `Bearer ${as === "operator" ? operatorKey : customerKey}`,
    "content-type": "application/json",
    ...init.headers,
  };
  link.traffic.requests += 1;
  const response = await fetch(baseUrl + path, { ...init, headers, signal: AbortSignal.timeout(requestTimeoutMs) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
