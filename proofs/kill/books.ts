/**
 * The clients' own books: every request under its key, the final answer it got, and for every order what was seen of it last.
 * What the shop says later is held against these. No I/O.
 */
import { orderSchema, type OrderStatus, type WireOrder } from "../../shared/contracts/order.ts";
import { problemSchema } from "../../shared/errors/problem.ts";

export type OperationKind = "place" | "pay" | "cancel" | "refund" | "fulfil" | "return" | "receive";

/** One request, as often as it is sent. */
export interface Operation {
  readonly kind: OperationKind;
  readonly as: "customer" | "operator";
  readonly path: string;
  readonly key: string;
  readonly body: object;
}

export interface Answer {
  readonly status: number;
  /** The body, byte for byte. */
  readonly text: string;
  /** `Idempotent-Replayed: true`. */
  readonly replayed: boolean;
}

export interface Entry {
  readonly operation: Operation;
  /** What every later answer must equal; null while it is not known. */
  final: Answer | null;
  finalAtMs: number;
}

export interface Seen {
  readonly version: number;
  readonly status: OrderStatus;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

export interface OrderBook {
  readonly id: string;
  readonly place: Entry;
  readonly changes: Entry[];
  /** The newest version that anybody was shown. */
  seen: Seen | null;
}

export class Books {
  readonly entries: Entry[] = [];
  /** Those with a final answer, in the order they got it. */
  readonly finals: Entry[] = [];
  readonly orders = new Map<string, OrderBook>();

  /** Writes a request down before it is sent for the first time. */
  open(operation: Operation): Entry {
    const entry: Entry = { operation, final: null, finalAtMs: 0 };
    this.entries.push(entry);
    return entry;
  }

  /**
   * An answer has come.
   *
   * @param sent.known The final answer was known when the request was sent, so this one must be marked as a replay.
   * @returns What is wrong with it, or null.
   */
  answered(entry: Entry, answer: Answer, sent: { readonly known: boolean; readonly atMs: number }): string | null {
    if (entry.final !== null) return isKept(entry) ? differs(entry.final, answer, sent.known) : null;
    if (!isFinal(entry.operation, answer)) return null;
    entry.final = answer;
    entry.finalAtMs = sent.atMs;
    this.finals.push(entry);
    return null;
  }

  /** The order of a placing that was acknowledged; the same one each time. */
  orderOf(place: Entry, id: string): OrderBook {
    const known = this.orders.get(id);
    if (known !== undefined) return known;
    const book: OrderBook = { id, place, changes: [], seen: null };
    this.orders.set(id, book);
    return book;
  }

  /** Somebody was shown the order so. */
  saw(book: OrderBook, { version, status, payment }: WireOrder): void {
    if (book.seen !== null && book.seen.version >= version) return;
    book.seen = { version, status, capturedMinor: payment.amount_minor, refundedMinor: payment.refunded_minor };
  }

  unfinished(): readonly Entry[] {
    return this.entries.filter((entry) => entry.final === null);
  }
}

export const describe = ({ path, key, body }: Operation): string => `POST ${path} ${JSON.stringify(body)} with key ${key}`;

function differs(final: Answer, answer: Answer, known: boolean): string | null {
  if (answer.status !== final.status || answer.text !== final.text)
    return `answered ${final.status} ${final.text} first and ${answer.status} ${answer.text} later`;
  return answer.replayed || !known ? null : `answered again without Idempotent-Replayed: ${answer.status}`;
}

/**
 * Whether the answer will be given to everybody who sends the request again. 202 and 409 `request_in_progress` say that it is
 * still being worked on. A 5xx is never kept, but an order that has failed because a neighbour was away has ended all the same:
 * its placing answers so for ever, with the order's id.
 */
export function isFinal({ kind }: Operation, { status, text }: Answer): boolean {
  if (status === 202) return false;
  if (status < 400) return true;
  const problem = problemOf(text);
  if (problem === null || problem.code === "request_in_progress") return false;
  return status < 500 || (problem.order_id !== undefined && (kind === "place" || kind === "pay"));
}

/** Whether the same request must be answered the same for ever. A payment's 503 is the order's end told anew each time. */
export const isKept = ({ operation, final }: Entry): boolean => final !== null && (final.status < 500 || operation.kind === "place");

export function problemOf(text: string) {
  try {
    return problemSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The order's id in the answer to its placing, whatever became of it; null when no order was made. */
export function placedOrderId({ status, text }: Answer): string | null {
  if (status < 400) return orderSchema.parse(JSON.parse(text)).id;
  return problemOf(text)?.order_id ?? null;
}

/**
 * Holds what was read against what was known before the reading was asked for: nothing goes backwards.
 *
 * @returns What is wrong, or null.
 */
export function goesForward(
  before: Pick<Seen, "version" | "status"> | null,
  { version, status }: Pick<WireOrder, "version" | "status">,
): string | null {
  if (before === null) return null;
  if (version < before.version) return `was version ${before.version} (${before.status}) and is now ${version} (${status})`;
  if (version === before.version && status !== before.status) return `is ${before.status} and ${status} at version ${version}`;
  return mayFollow(before.status, status) ? null : `was ${before.status} and is now ${status}`;
}

/** A saga that turns back may find its money and go on; what was sold is never again unsold, and what has ended stays. */
function mayFollow(before: OrderStatus, after: OrderStatus): boolean {
  if (before === after) return true;
  return phase[before] === "open" ? after !== "pending" : (next[before] ?? []).includes(after);
}

const phase: Readonly<Partial<Record<OrderStatus, "open">>> = {
  pending: "open",
  cart_validated: "open",
  pending_inventory: "open",
  inventory_reserved: "open",
  pending_payment: "open",
  payment_processed: "open",
  compensating: "open",
};

const next: Readonly<Partial<Record<OrderStatus, readonly OrderStatus[]>>> = {
  confirmed: ["fulfilled", "refunded", "compensating", "cancelled"],
  fulfilled: ["refunded"],
  refunded: ["compensating", "cancelled"],
};
