/**
 * One order's whole life in the pure saga: placed, run step by step as the actor does it and with the same commits, disturbed
 * by lost answers, crashes and wishes that come in at any moment, also while a step is under way.
 */
import type { ChangeCommand } from "../../shared/domain/order/decide-after-sale.ts";
import { decide, type StepReport } from "../../shared/domain/order/decide.ts";
import { placedOrder } from "../../shared/domain/order/fixtures.ts";
import { mustBeWrittenBefore, nextStep, retryDelayMs, type Step } from "../../shared/domain/order/next-step.ts";
import { awaitsPayment, isSettled, takenUpAgain, type OrderState } from "../../shared/domain/order/state.ts";
import { World, type Shop } from "./world.ts";

/**
 * What happens to one step. `lost after`: it is done, and its answer is lost (`one lost after`: of a step with several lines, that
 * of the last); `late`: its request lands two turns later, when nobody waits for it any more; `crash after`: the run dies.
 */
export type StepFault = "none" | "lost before" | "lost after" | "one lost after" | "late" | "crash after";

export interface Turn {
  readonly fault: StepFault;
  /** Asked for in this turn; null: nothing. */
  readonly wish: ChangeCommand | null;
  /** Whether it comes in while the turn's step is under way. */
  readonly during: boolean;
}

export interface JourneyPlan extends Shop {
  readonly onDecline: "fail" | "wait";
  readonly expectedTotalMinor: number | null;
  readonly holdMs: number;
  /** How long one step takes, ms. */
  readonly paceMs: number;
  /** Afterwards nothing goes wrong and nobody wants anything. */
  readonly turns: readonly Turn[];
}

export interface Journey {
  readonly state: OrderState;
  readonly world: World;
  /** Commands that were decided. */
  readonly commands: number;
  /** Types of the events that happened. */
  readonly events: ReadonlySet<string>;
}

const maxTurns = 400;
const quiet: Turn = { fault: "none", wish: null, during: false };

/** @throws Error when the order never comes to rest, or something happens that never may. */
export function travel(plan: JourneyPlan): Journey {
  const traveller = new Traveller(plan);
  for (let turn = 0; turn < maxTurns; turn += 1) {
    traveller.take(plan.turns[turn] ?? quiet);
    if (turn >= plan.turns.length && traveller.isAtRest) return traveller.journey;
  }
  throw new Error(`no end: ${JSON.stringify(traveller.journey.state)}`);
}

class Traveller {
  readonly #world: World;
  readonly #plan: JourneyPlan;
  readonly #events = new Set<string>();
  /** Requests that are still under way, with the turns they take. */
  #late: { turns: number; readonly land: () => unknown }[] = [];
  #clockMs = 0;
  #commands = 0;
  #durable: OrderState;
  #live: OrderState;

  constructor(plan: JourneyPlan) {
    this.#plan = plan;
    this.#world = new World(plan);
    const { onDecline, expectedTotalMinor, holdMs } = plan;
    const order = { ...placedOrder, onDecline, expectedTotalMinor };
    const placed = decide(null, { ...this.#time(), type: "place_order", order, giveUpAfterMs: holdMs });
    if (!placed.ok) throw new Error(placed.code);
    this.#durable = this.#live = placed.state;
  }

  get isAtRest(): boolean {
    return isSettled(this.#live) && this.#late.length === 0;
  }

  get journey(): Journey {
    return { state: this.#live, world: this.#world, commands: this.#commands, events: this.#events };
  }

  take({ fault, wish, during }: Turn): void {
    this.#land();
    if (!during) this.#ask(wish);
    this.#tell({ type: "proceed" });
    const step = nextStep(this.#live);
    if (step === null) this.#rest();
    else this.#perform(step, fault, during ? wish : null);
    if (during && step === null) this.#ask(wish);
  }

  /** A sale or a release that lands late may be refused: nobody hears of it. */
  #land(): void {
    for (const request of this.#late) request.turns -= 1;
    const landing = this.#late.filter(({ turns }) => turns === 0);
    this.#late = this.#late.filter(({ turns }) => turns > 0);
    for (const { land } of landing) land();
  }

  /** Nothing to do: what is known is written; an order that waits for another card waits for the end of its hold. */
  #rest(): void {
    this.#write();
    if (awaitsPayment(this.#live)) this.#clockMs += this.#plan.holdMs / 4;
  }

  #perform(step: Step, fault: StepFault, wish: ChangeCommand | null): void {
    if (mustBeWrittenBefore(step, this.#durable)) this.#write();
    const { attempts } = this.#live;
    const late = (land: () => unknown): void => void this.#late.push({ turns: 2, land });
    const report = performStep(step, { world: this.#world, state: this.#live, fault, late });
    this.#ask(wish);
    this.#clockMs += this.#plan.paceMs;
    if (fault === "crash after") {
      this.#live = this.#durable = takenUpAgain(this.#durable);
      return;
    }
    this.#tell(report);
    const pauses = this.#live.attempts > attempts && retryDelayMs(this.#live.attempts) > 0;
    if (pauses || nextStep(this.#live) === null) this.#write();
  }

  /** A wish is written with its answer, and with it all that the run had not written yet. */
  #ask(wish: ChangeCommand | null): void {
    if (wish === null) return;
    this.#commands += 1;
    const decision = decide(this.#live, { ...this.#time(), ...wish });
    if (!decision.ok || decision.events.length === 0) return;
    for (const { type } of decision.events) this.#events.add(type);
    this.#live = decision.state;
    this.#write();
  }

  #tell(command: StepReport | { readonly type: "proceed" }): void {
    this.#commands += 1;
    const decision = decide(this.#live, { ...this.#time(), ...command });
    if (!decision.ok) throw new Error(`${command.type}: ${decision.code}`);
    for (const { type } of decision.events) this.#events.add(type);
    this.#live = decision.state;
  }

  /** The sale is told to the stock actors once the confirmation is written. */
  #write(): void {
    this.#durable = this.#live;
    if (this.#live.status === "confirmed") for (const line of this.#live.lines) this.#world.sell(line.sku);
  }

  #time() {
    return { atMs: this.#clockMs, durationMs: 0, cause: "model" };
  }
}

interface Performance {
  readonly world: World;
  readonly state: OrderState;
  readonly fault: StepFault;
  /** Lets a request land later. */
  readonly late: (land: () => unknown) => void;
}

/** The step's report, with its fault: the work may have been done though the answer was lost. */
function performStep(step: Step, { world, state, fault, late }: Performance): StepReport {
  const answer = <Reply, Lost>(work: () => Reply, lost: Lost, isLast = true): Reply | Lost => {
    if (fault === "late") late(work);
    if (fault === "lost before" || fault === "late") return lost;
    const reply = work();
    return fault === "lost after" || (fault === "one lost after" && isLast) ? lost : reply;
  };
  const unknown = { kind: "unknown" } as const;
  const { attempt } = state.payment;
  switch (step.kind) {
    case "reserve_inventory": {
      const reserve = ({ sku, quantity }: { sku: string; quantity: number }, index: number) =>
        answer(() => world.reserve(sku, quantity), { sku, kind: "unknown" as const }, index === step.lines.length - 1);
      return { type: "record_reservation", results: step.lines.map(reserve) };
    }
    case "process_payment":
      return { type: "record_charge", result: answer(() => world.charge(attempt, step.amountMinor), unknown) };
    case "look_up_payment":
      return { type: "record_look_up", result: answer(() => world.lookUp(attempt), unknown) };
    case "void_payment":
      return { type: "record_void", result: answer(() => world.void(attempt), unknown) };
    case "release_inventory":
      return {
        type: "record_release",
        results: step.lines.map(({ sku, hold, quantity }, index) => {
          const giveBack = (): void => (hold === "sold" ? world.restock(sku, "cancel", quantity) : world.release(sku));
          const isLast = index === step.lines.length - 1;
          return answer(() => (giveBack(), { sku, kind: "released" as const }), { sku, kind: "unknown" as const }, isLast);
        }),
      };
    case "refund_payment": {
      const { operationId, amountMinor } = step.refund;
      return { type: "record_refund", operationId, result: answer(() => world.refund(step.number, amountMinor), unknown) };
    }
    case "restock_inventory": {
      const { operationId, lines } = step.entry;
      const restock = (): true => (lines.forEach(({ sku, quantity }) => world.restock(sku, operationId, quantity)), true);
      return { type: "record_restock", operationId, restocked: answer(restock, false) };
    }
  }
}
