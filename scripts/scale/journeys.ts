/** The kinds of orders that are counted, each as a shop's customer sends it. */
import { slowMark } from "./meter/metered-worker.ts";
import type { MeteredCloud } from "./metered-cloud.ts";

export type JourneyName = "sold" | "two lines" | "out of stock" | "declined" | "cancelled";

export interface Journey {
  readonly name: JourneyName;
  /** What it is, for the document. */
  readonly title: string;
  /**
   * Does all of it. @throws Error when an answer is not the one that belongs to it.
   *
   * @param settle Waits until everybody has heard of what was done so far.
   */
  readonly run: (shop: Shop, settle: () => Promise<void>) => Promise<void>;
}

const card = "pm_card_visa";

/** `sold` first: the tables of a day are made of it. */
export const journeys: readonly Journey[] = [
  {
    name: "sold",
    title: "(a) one line, sold",
    run: async (shop) => {
      await shop.order("sold", { items: [{ sku: "SCALE-1", quantity: 1 }], payment_method: card }, 201);
    },
  },
  {
    name: "two lines",
    title: "(b) two lines, sold",
    run: async (shop) => {
      const items = ["SCALE-1", "SCALE-2"].map((sku) => ({ sku, quantity: 1 }));
      await shop.order("two-lines", { items, payment_method: card }, 201);
    },
  },
  {
    name: "out of stock",
    title: "(c) out of stock",
    run: async (shop) => {
      await shop.order("out", { items: [{ sku: "SCALE-0", quantity: 1 }], payment_method: card }, 409);
    },
  },
  {
    name: "declined",
    title: "(d) card declined",
    run: async (shop) => {
      await shop.order("declined", { items: [{ sku: "SCALE-1", quantity: 1 }], payment_method: "pm_card_declined" }, 402);
    },
  },
  {
    name: "cancelled",
    title: "(e) sold, then cancelled",
    run: async (shop, settle) => {
      const orderId = await shop.order("cancelled", { items: [{ sku: "SCALE-1", quantity: 1 }], payment_method: card }, 201);
      // A customer is not as quick as the consumers: without this it would be by chance who comes first.
      await settle();
      await shop.send("POST", `/v1/orders/${orderId}/cancel`, { key: "cancel", body: {}, status: 200 });
    },
  },
];

/** As (a), but what its consumers count is flushed apart from what its saga counts. */
export const loneOrder = async (shop: Shop): Promise<void> => {
  const body = { items: [{ sku: "SCALE-1", quantity: 1 }], payment_method: card, metadata: { note: slowMark } };
  await shop.order("lone", body, 201);
};

interface Sent {
  /** Idempotency-Key. The same in every run, so that ids, and where they lie in a tree, are the same. */
  readonly key: string;
  readonly body: unknown;
  readonly status: number;
  readonly role?: "customer" | "operator";
}

export class Shop {
  readonly #cloud: MeteredCloud["cloud"];

  constructor(cloud: MeteredCloud["cloud"]) {
    this.#cloud = cloud;
  }

  /** Puts what the journeys order into the catalogue. */
  async open(): Promise<void> {
    for (const [sku, quantity] of [
      ["SCALE-0", 0],
      ["SCALE-1", 1_000],
      ["SCALE-2", 1_000],
    ] as const) {
      const product = { name: `Product ${sku}`, price_minor: 500, currency: "EUR" };
      await this.send("PUT", `/v1/products/${sku}`, { key: `put-${sku}`, body: product, status: 201, role: "operator" });
      if (quantity === 0) continue;
      await this.send("POST", `/v1/inventory/${sku}/receive`, { key: `receive-${sku}`, body: { quantity }, status: 200, role: "operator" });
    }
  }

  /** @returns The order's id. */
  async order(key: string, body: object, status: number): Promise<string> {
    const answer = (await this.send("POST", "/v1/orders", { key, body, status })) as { readonly id?: string };
    return answer.id ?? "";
  }

  /** @throws Error when the answer has another status. */
  async send(method: string, path: string, { key, body, status, role = "customer" }: Sent): Promise<unknown> {
    const apiKey = role === "customer" ? this.#cloud.customerKey : this.#cloud.operatorKey;
    const headers = { authorization: `Bearer ${apiKey}`, "idempotency-key": `scale-${key}`, "content-type": "application/json" };
    const response = await fetch(this.#cloud.baseUrl + path, { method, headers, body: method === "GET" ? null : JSON.stringify(body) });
    const text = await response.text();
    if (response.status !== status) throw new Error(`${method} ${path} was answered ${response.status} instead of ${status}: ${text}`);
    return JSON.parse(text) as unknown;
  }
}
