/** The real thing as a stock target: a running local cloud, over its public API. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { inventorySchema } from "../../shared/contracts/product.ts";
import { startShop, type ShopProcess } from "../shared/cloud-process.ts";
import type { Random } from "../shared/random.ts";
import type { LedgerOutput } from "./ledger-model.ts";
import type { StockAnswer, StockCall, StockTarget } from "./stock-target.ts";

/** Longer than the gateway's own deadline: only a dead connection that does not say so runs into it, ms. */
const requestTimeoutMs = 20_000;
/** The kill comes up to this long after it is due, so that it meets the calls at any point, ms. */
const killSpreadMs = 8;

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly replayed: boolean;
}

const problemSchema = z.object({ code: z.string(), lines: z.array(z.object({ available: z.int() })).optional() });
const levelsSchema = z.union([inventorySchema, z.object({ inventory: inventorySchema }).transform(({ inventory }) => inventory)]);

export class HttpStock implements StockTarget {
  readonly #stateDir: string;
  readonly #random: Random;
  #shop: ShopProcess | undefined;

  constructor({ stateDir, random }: { stateDir: string; random: Random }) {
    this.#stateDir = stateDir;
    this.#random = random;
  }

  async start(): Promise<void> {
    this.#shop ??= await startShop(this.#stateDir);
  }

  async kill(): Promise<void> {
    await sleep(this.#random.next() * killSpreadMs);
    await this.#shop?.killAll();
    this.#shop = undefined;
  }

  async openSku(sku: string): Promise<void> {
    const reply = await this.#send({ method: "PUT", path: `/v1/products/${sku}`, body: { name: sku, price_minor: 100, currency: "EUR" } });
    if (reply.status >= 300) throw new Error(`${sku} could not be made: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  async perform(call: StockCall): Promise<StockAnswer> {
    const reply = await this.#send(requestOf(call));
    if (reply.status >= 500) throw new Error(`Nobody knows: ${reply.status} ${JSON.stringify(reply.body)}`);
    if (call.input.kind === "order" && reply.status === 202) return { kind: "accepted" };
    if (problemSchema.safeParse(reply.body).data?.code === "request_in_progress") return { kind: "turned_away" };
    return { kind: "answered", output: toOutput(call, reply), replayed: reply.replayed };
  }

  async #send({ method, path, key, body, isCustomer = false }: Request): Promise<Reply> {
    if (this.#shop === undefined) throw new Error("The shop does not run");
    const { baseUrl, customerKey, operatorKey } = this.#shop.where;
    const headers = {
      authorization: `Bearer ${isCustomer ? customerKey : operatorKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    const response = await fetch(baseUrl + path, {
      ...{ method, headers, body: body === undefined ? null : JSON.stringify(body) },
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    return {
      status: response.status,
      body: await response.json(),
      replayed: response.headers.get("idempotent-replayed") === "true",
    };
  }
}

interface Request {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly key?: string;
  readonly body?: object;
  /** As the demonstration customer; otherwise as the operator. */
  readonly isCustomer?: boolean;
}

function requestOf({ sku, key, input }: StockCall): Request {
  switch (input.kind) {
    case "read":
      return { method: "GET", path: `/v1/inventory/${sku}` };
    case "receive":
      return { method: "POST", path: `/v1/inventory/${sku}/receive`, key, body: { quantity: input.quantity } };
    case "reserve":
    case "release": {
      const body = { sku, quantity: input.quantity, reservation_id: input.id };
      return { method: "POST", path: `/v1/inventory/${input.kind}`, key, body };
    }
    case "order": {
      const body = { items: [{ sku, quantity: input.quantity }], payment_method: "pm_card_visa" };
      return { method: "POST", path: "/v1/orders", key, body, isCustomer: true };
    }
    case "sell":
      throw new Error("A sale is made by its order");
  }
}

/** What the answer says about the ledger; one that the ledger has no words for is kept as it is, and refused by the checker. */
function toOutput({ input }: StockCall, { status, body }: Reply): LedgerOutput {
  if (status === 201 && input.kind === "order") return { kind: "done" };
  const levels = status === 200 ? levelsSchema.safeParse(body).data : undefined;
  if (levels !== undefined) {
    const { on_hand, reserved, available, sold, received } = levels;
    return { kind: "levels", levels: { on_hand, reserved, available, sold, received } };
  }
  const { code = "", lines } = problemSchema.safeParse(body).data ?? {};
  const available = lines?.[0]?.available;
  if (code === "out_of_stock" && available !== undefined) return { kind: "out_of_stock", available };
  return code === "reservation_conflict" ? { kind: "conflict" } : { kind: "other", status, code };
}
