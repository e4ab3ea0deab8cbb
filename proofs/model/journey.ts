/**
 * One order's whole life in the pure saga: placed, run step by step as the actor does it and with the same commits, disturbed
 * by lost answers, crashes and wishes that come in at any moment, also while a step is under way.
 */
import type { ChangeCommand } from "../../shared/domain/order/decide-after-sale.ts";
import { decide, type OrderCommand, type StepReport } from "../../shared/domain/order/decide.ts";
import { placedOrder } from "../../shared/domain/order/fixtures.ts";
import { mustBeWrittenBefore, nextStep, retryDelayMs, type Step } from "../../shared/domain/order/next-step.ts";
import { awaitsPayment, isSettled, takenUpAgain, type OrderState } from "../../shared/domain/order/state.ts";
import { World, type Shop } from "./world.ts";

/** What happens to one step. `lost after`: it is done, and its answer is lost; `crash after`: and the run dies. */
export type StepFault = "none" | "lost before" | "lost after" | "crash after";

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
    return isSettled(this.#live);
  }

  get journey(): Journey {
    return { state: this.#live, world: this.#world, commands: this.#commands };
  }

  take({ fault, wish, during }: Turn): void {
    if (!during) this.#ask(wish);
    this.#tell({ type: "proceed" });
    const step = nextStep(this.#live);
    if (step === null) this.#rest();
    else this.#perform(step, fault, during ? wish : null);
    if (during && step === null) this.#ask(wish);
  }

  /** Nothing to do: what is known is written; an order that waits for another card waits for the end of its hold. */
  #rest(): void {
    this.#write();
    if (awaitsPayment(this.#live)) this.#clockMs += this.#plan.holdMs / 4;
  }

  #perform(step: Step, fault: StepFault, wish: ChangeCommand | null): void {
    if (mustBeWrittenBefore(step, this.#durable)) this.#write();
    const { attempts } = this.#live;
    const report = performStep(step, { world: this.#world, state: this.#live, fault });
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
    this.#live = decision.state;
    this.#write();
  }

  #tell(command: StepReport | { readonly type: "proceed" }): void {
    this.#commands += 1;
    const decision = decide(this.#live, { ...this.#time(), ...command } as OrderCommand);
    if (!decision.ok) throw new Error(`${command.type}: ${decision.code}`);
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
}

/** The step's report, with its fault: the work may have been done though the answer was lost. */
function performStep(step: Step, { world, state, fault }: Performance): StepReport {
  const answer = <Reply, Lost>(work: () => Reply, lost: Lost): Reply | Lost => {
    if (fault === "lost before") return lost;
    const reply = work();
    return fault === "lost after" ? lost : reply;
  };
  const unknown = { kind: "unknown" } as const;
  const { attempt } = state.payment;
  switch (step.kind) {
    case "reserve_inventory": {
      const reserve = ({ sku, quantity }: { sku: string; quantity: number }) =>
        answer(() => world.reserve(sku, quantity), { sku, kind: "unknown" as const });
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
        results: step.lines.map(({ sku, hold, quantity }) => {
          const giveBack = (): void => (hold === "sold" ? world.restock(sku, "cancel", quantity) : world.release(sku));
          return answer(() => (giveBack(), { sku, kind: "released" as const }), { sku, kind: "unknown" as const });
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
