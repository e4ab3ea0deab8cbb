/** One request of Stripe's API: who asks, which operation, its key, its tricks, its answer. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { EndpointReply, EndpointRequest } from "../http-endpoint.ts";
import { ApiError } from "./api-error.ts";
import type { Books, Outcome } from "./books.ts";
import { listEvents, retrieveEvent } from "./events.ts";
import { type Form, parseForm } from "./form.ts";
import { Idempotency, type KeyedRequest } from "./idempotency.ts";
import type { Answer } from "./ledger.ts";
import { newObjectId } from "./objects.ts";
import { cancelIntent, confirmIntent, createIntent, listIntents, retrieveIntent, searchIntents } from "./payment-intents.ts";
import { createRefund, listRefunds, retrieveRefund } from "./refunds.ts";
import type { StripeOperation, Tricks } from "./tricks.ts";

export interface ApiOptions {
  readonly books: Books;
  readonly tricks: Tricks;
  readonly secretKey: string;
  /** How long `pm_card_slow` is processed, ms. */
  readonly slowMs: number;
  /** How far the search index is behind, ms. */
  readonly searchLagMs: number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Ends when the caller has long given up. */
  readonly hang: () => Promise<unknown>;
  /** Called after every transaction that may have made events. */
  readonly onEvents: () => void;
}

type Handler = (params: Form, id: string) => Outcome;
type Routes = readonly (readonly [method: string, path: RegExp, operation: StripeOperation, handler: Handler])[];

export function createApi(options: ApiOptions): (request: EndpointRequest) => Promise<EndpointReply> {
  const api = new Api(options);
  return async (request) => {
    const reply = await api.answer(request).catch(asAnswer);
    return reply === badGateway ? reply : { ...reply, headers: { "request-id": newObjectId("req"), ...reply.headers } };
  };
}

class Api {
  readonly #options: ApiOptions;
  readonly #idempotency: Idempotency;
  readonly #routes: Routes;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#idempotency = new Idempotency(options.books.ledger, options.books.now);
    this.#routes = routesOf(options);
  }

  async answer(request: EndpointRequest): Promise<EndpointReply> {
    this.#authenticate(request);
    const { operation, handler, id } = this.#route(request);
    const params = parseForm(request.method === "POST" ? request.body : request.search);
    const { tricks } = this.#options;
    const loss = tricks.takeFault(operation, ["lose_request", "lose_reply"]);
    await tricks.passed(operation);
    if (loss === "lose_request") return badGateway;
    const run = (): Outcome => (tricks.takeFault(operation, ["fail"]) === undefined ? handler(params, id) : stripeFails);
    const reply = await this.#once(keyOf(request, params), run);
    return loss === "lose_reply" ? badGateway : reply;
  }

  #authenticate({ headers }: EndpointRequest): void {
    const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
    if (timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${this.#options.secretKey}`))) return;
    throw new ApiError(401, { type: "invalid_request_error", message: "Invalid API Key provided" }, { isKept: false });
  }

  #route({ method, path }: EndpointRequest): { operation: StripeOperation; handler: Handler; id: string } {
    for (const [routeMethod, pattern, operation, handler] of this.#routes) {
      const match = routeMethod === method ? pattern.exec(path) : null;
      if (match !== null) return { operation, handler, id: match[1] ?? "" };
    }
    const message = `Unrecognized request URL (${method}: ${path}).`;
    throw new ApiError(404, { type: "invalid_request_error", message }, { isKept: false });
  }

  async #once(keyed: KeyedRequest | undefined, run: () => Outcome): Promise<EndpointReply> {
    if (keyed === undefined) return this.#reply(await this.#perform(undefined, run));
    const kept = this.#idempotency.begin(keyed);
    if (kept !== undefined) {
      if (kept.unanswered) await this.#options.hang();
      return { ...kept, headers: { "idempotent-replayed": "true" } };
    }
    try {
      return await this.#reply(await this.#perform(keyed, run), keyed);
    } finally {
      this.#idempotency.end(keyed);
    }
  }

  async #perform(keyed: KeyedRequest | undefined, run: () => Outcome): Promise<Outcome> {
    const outcome = this.#transact(keyed, run);
    if (outcome.kind !== "later") return outcome;
    await this.#options.sleep(outcome.ms);
    return this.#perform(keyed, outcome.finish);
  }

  /** The work and the answer that is kept of it, together. */
  #transact(keyed: KeyedRequest | undefined, run: () => Outcome): Outcome {
    const { books } = this.#options;
    const work = (): Outcome => {
      books.settleProcessed();
      const outcome = run();
      if (keyed !== undefined && (outcome.kind === "answered" || outcome.kind === "unanswered")) this.#keep(keyed, outcome);
      return outcome;
    };
    try {
      const outcome = books.ledger.transaction(work);
      this.#options.onEvents();
      return outcome;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const outcome = { kind: "answered", answer: error.answer } as const;
      if (keyed !== undefined && error.isKept) this.#keep(keyed, outcome);
      return outcome;
    }
  }

  #keep({ key, fingerprint }: KeyedRequest, { kind, answer }: Outcome & { readonly answer: Answer }): void {
    const { ledger, now } = this.#options.books;
    ledger.keepAnswer(key, { fingerprint, ...answer, unanswered: kind === "unanswered" }, now());
  }

  async #reply(outcome: Outcome, keyed?: KeyedRequest): Promise<EndpointReply> {
    if (outcome.kind === "answered") return outcome.answer;
    // Its key is free again: what was lost has not begun, and what is unanswered has been kept.
    if (keyed !== undefined) this.#idempotency.end(keyed);
    await this.#options.hang();
    return badGateway;
  }
}

const routesOf = ({ books, slowMs, searchLagMs }: ApiOptions): Routes => [
  ["POST", /^\/v1\/payment_intents$/, "create_intent", (params) => createIntent(books, params)],
  ["GET", /^\/v1\/payment_intents$/, "list_intents", (params) => listIntents(books, params)],
  ["GET", /^\/v1\/payment_intents\/search$/, "search_intents", (params) => searchIntents(books, params, searchLagMs)],
  ["GET", /^\/v1\/payment_intents\/(pi_\w+)$/, "retrieve_intent", (params, id) => retrieveIntent(books, params, id)],
  ["POST", /^\/v1\/payment_intents\/(pi_\w+)\/confirm$/, "confirm_intent", (params, id) => confirmIntent(books, params, { id, slowMs })],
  ["POST", /^\/v1\/payment_intents\/(pi_\w+)\/cancel$/, "cancel_intent", (params, id) => cancelIntent(books, params, id)],
  ["POST", /^\/v1\/refunds$/, "create_refund", (params) => createRefund(books, params)],
  ["GET", /^\/v1\/refunds$/, "list_refunds", (params) => listRefunds(books, params)],
  ["GET", /^\/v1\/refunds\/(re_\w+)$/, "retrieve_refund", (params, id) => retrieveRefund(books, params, id)],
  ["GET", /^\/v1\/events$/, "list_events", (params) => listEvents(books, params)],
  ["GET", /^\/v1\/events\/(evt_\w+)$/, "retrieve_event", (params, id) => retrieveEvent(books, params, id)],
];

function keyOf({ method, path, headers }: EndpointRequest, params: Form): KeyedRequest | undefined {
  const key = headers["idempotency-key"];
  if (method !== "POST" || typeof key !== "string") return undefined;
  const sorted = Object.entries(params).sort(([left], [right]) => (left < right ? -1 : 1));
  return { key, fingerprint: JSON.stringify([path, sorted]) };
}

const stripeFails: Outcome = {
  kind: "answered",
  answer: { status: 500, body: { error: { type: "api_error", message: "An unknown error occurred" } } },
};
/** From something in between, which is no word of Stripe's: it has no Request-Id. */
const badGateway: EndpointReply = { status: 502, body: { message: "Bad gateway" } };

function asAnswer(error: unknown): EndpointReply {
  if (error instanceof ApiError) return error.answer;
  throw error;
}
