/** What the matrix is made of: journeys of an order, the steps that each meets, and where exactly those are in its run. */
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { OrderPlan } from "../sim/client.ts";
import type { PlannedFault } from "../sim/faults.ts";
import { journeys } from "../sim/pairs.ts";

/** Where in the run a step is: the n-th of its kind since `Journey.from`. Each kind of place has its own faults. */
export type Place = { readonly nth: number } & (
  | { readonly kind: "call"; readonly what: string }
  /** The order actor writes the order with this status, or an acknowledgement. */
  | { readonly kind: "order commit"; readonly writes: WireOrder["status"] | "acknowledgement" }
  | { readonly kind: "stock commit" }
  | { readonly kind: "message" }
);

export interface MatrixStep {
  readonly name: string;
  readonly places: readonly Place[];
}

export interface Journey {
  readonly title: string;
  readonly text: string;
  readonly order: OrderPlan;
  /** Whose caller is watched: the operation id of a change, or null for who places the order. */
  readonly watched: string | null;
  /** Places are counted from this moment on. */
  readonly from: NonNullable<PlannedFault["after"]>;
  /** What has gone wrong already, so that the journey meets its steps at all. */
  readonly given: readonly PlannedFault[];
  readonly steps: readonly MatrixStep[];
}

const call = (what: string, nth = 1): Place => ({ kind: "call", what, nth });
type Written = Extract<Place, { readonly kind: "order commit" }>["writes"];
const orderCommit = (writes: Written, nth = 1): Place => ({ kind: "order commit", writes, nth });
const stockCommit = (nth = 1): Place => ({ kind: "stock commit", nth });
const message = (nth: number): Place => ({ kind: "message", nth });
const step = (name: string, ...places: readonly Place[]): MatrixStep => ({ name, places });

const placed = { name: "slow: place", occurrence: 1 };
const changed = { name: "slow: change", occurrence: 1 };

/** Late enough that the products' own events are done with. Virtual ms. */
export const placedAtMs = 10_000;

/** @param afterMs When the changes are asked for: by default when everything that came before is done with. */
function journey(name: string, { afterMs = 5_000, changes = 2 }: { afterMs?: number; changes?: number } = {}): OrderPlan {
  const order = journeys[name];
  if (order === undefined) throw new Error(`there is no journey named ${name}`);
  return { ...order, placedAtMs, changes: order.changes.slice(0, changes).map((change) => ({ ...change, afterMs })) };
}

export const matrixJourneys: readonly Journey[] = [
  {
    title: "An order that is paid at once",
    text: "Two lines, a good card: `POST /v1/orders`.",
    order: journey("confirmed"),
    watched: null,
    from: placed,
    given: [],
    steps: [
      step("the request", call("place")),
      step("accept", orderCommit("cart_validated")),
      step("reserve", call("reserve"), stockCommit()),
      step("charge", call("charge")),
      step("commit the outcome", orderCommit("confirmed")),
      step("commit the sale", call("commit"), stockCommit(3)),
      step("hand the events to the queue", call("send")),
      step("deliver to Postgres", message(1)),
      step("deliver the notification", message(2)),
      step("acknowledge", orderCommit("acknowledgement", 2)),
    ],
  },
  {
    title: "A charge whose answer was lost",
    text: "As above, and the charge's answer never came, so the provider is asked what became of it.",
    order: journey("confirmed"),
    watched: null,
    from: placed,
    given: [{ name: "reply lost: charge", occurrence: 1 }],
    steps: [step("look the charge up", call("look-up")), step("commit the outcome", orderCommit("confirmed"))],
  },
  {
    title: "A declined card",
    text: "The order fails and what it held is released.",
    order: journey("declined"),
    watched: null,
    from: placed,
    given: [],
    steps: [
      step("write the refusal", orderCommit("compensating")),
      step("release", call("release"), stockCommit(3)),
      step("commit the outcome", orderCommit("failed")),
    ],
  },
  {
    title: "Another card",
    text: 'Placed with `on_decline: "wait"` and a card that is declined; 5 s later `POST /v1/payments` brings a good one.',
    order: journey("waits, then another card"),
    watched: "op",
    from: changed,
    given: [],
    steps: [
      step("the request", call("change")),
      step("write the wish", orderCommit("inventory_reserved")),
      step("charge the other card", call("charge")),
      step("commit the outcome", orderCommit("confirmed")),
    ],
  },
  {
    title: "No other card comes",
    text: "The same, with a hold of 5 s and nobody who pays.",
    order: journey("waits until the hold ends"),
    watched: null,
    from: { ...placed, occurrence: 2 },
    given: [],
    steps: [
      step("write that the hold has ended", orderCommit("compensating")),
      step("release", call("release"), stockCommit()),
      step("commit the outcome", orderCommit("failed")),
    ],
  },
  {
    title: "Cancelled while the charge is under way",
    text: "The charge is slow (12 s), and `POST /v1/orders/:id/cancel` comes 10 ms after the order.",
    order: journey("cancelled under way", { afterMs: 10 }),
    watched: "op",
    from: changed,
    given: [{ name: "slow: charge", occurrence: 1 }],
    steps: [
      step("the request", call("change")),
      step("write the wish", orderCommit("inventory_reserved")),
      step("write that it turns back", orderCommit("compensating")),
      step("void the charge", call("void")),
      step("release", call("release"), stockCommit(3)),
      step("commit the outcome", orderCommit("cancelled")),
    ],
  },
  {
    title: "Cancelled after the sale",
    text: "`POST /v1/orders/:id/cancel` 5 s after it was confirmed: units back, money back.",
    order: journey("cancelled after the sale"),
    watched: "op",
    from: changed,
    given: [],
    steps: [
      step("the request", call("change")),
      step("write the wish", orderCommit("confirmed")),
      step("write that it turns back", orderCommit("compensating")),
      step("restock", call("restock"), stockCommit()),
      step("refund", call("refund")),
      step("commit the outcome", orderCommit("cancelled")),
    ],
  },
  {
    title: "Refunded in part",
    text: "`POST /v1/orders/:id/refunds` of 300, 5 s after it was confirmed.",
    order: journey("refunded in part"),
    watched: "op",
    from: changed,
    given: [],
    steps: [
      step("the request", call("change")),
      step("write the wish", orderCommit("confirmed")),
      step("refund", call("refund")),
      step("commit the outcome", orderCommit("confirmed", 2)),
    ],
  },
  {
    title: "Shipped",
    text: "`POST /v1/orders/:id/fulfil` of everything, 5 s after it was confirmed.",
    order: journey("shipped and returned", { changes: 1 }),
    watched: "op",
    from: changed,
    given: [],
    steps: [step("the request", call("change")), step("write it", orderCommit("fulfilled"))],
  },
  {
    title: "Returned",
    text: "`POST /v1/orders/:id/returns` of one unit, after it was shipped.",
    order: journey("shipped and returned"),
    watched: "op-2",
    from: { ...changed, occurrence: 3 },
    given: [],
    steps: [
      step("the request", call("change")),
      step("write the wish", orderCommit("fulfilled")),
      step("restock", call("restock"), stockCommit()),
      step("commit the outcome", orderCommit("fulfilled", 2)),
    ],
  },
];
