/** Runs one external step of the saga and says how it went. Every call is idempotent and bounded in time. */
import type { ChargeCommand, ChargeReply, PaymentApi, ReserveReply, StockActorApi } from "../../shared/contracts/rpc.ts";
import { unreachable } from "../../shared/domain/assert.ts";
import type { ChargeResult, LookUpResult } from "../../shared/domain/order/decide-payment.ts";
import type { ReleaseResult } from "../../shared/domain/order/decide-stock.ts";
import type { OrderCommand } from "../../shared/domain/order/decide.ts";
import type { EventTime, ReservationResult } from "../../shared/domain/order/events.ts";
import type { Step } from "../../shared/domain/order/next-step.ts";
import type { OrderLine, OrderState } from "../../shared/domain/order/state.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { paymentIdFor } from "../../shared/platform/ids.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { limits } from "./limits.ts";
import { reservationIdOf } from "./order-messages.ts";

/** The neighbours an order calls. */
export interface StepPorts {
  stock(sku: string): Pick<StockActorApi, "reserve" | "release">;
  readonly payment: Pick<PaymentApi, "charge" | "lookUp">;
}

type StepReport = OrderCommand extends infer Command ? (Command extends OrderCommand ? Omit<Command, keyof EventTime> : never) : never;

/** Never throws for a neighbour that fails: an answer that did not come is reported as unknown. */
export async function performStep(step: Step, state: OrderState, ports: StepPorts, logger: Logger): Promise<StepReport> {
  const call = new StepCall(state, ports, logger);
  switch (step.kind) {
    case "reserve_inventory":
      return { type: "record_reservation", results: await Promise.all(step.lines.map((line) => call.reserve(line))) };
    case "release_inventory":
      return { type: "record_release", results: await Promise.all(step.lines.map((line) => call.release(line))) };
    case "process_payment":
      return { type: "record_charge", result: await call.charge(step) };
    case "look_up_payment":
      return { type: "record_look_up", result: await call.lookUp(step) };
    default:
      return unreachable(step);
  }
}

class StepCall {
  readonly #state: OrderState;
  readonly #ports: StepPorts;
  readonly #logger: Logger;

  constructor(state: OrderState, ports: StepPorts, logger: Logger) {
    this.#state = state;
    this.#ports = ports;
    this.#logger = logger;
  }

  async reserve(line: OrderLine): Promise<ReservationResult> {
    const command = { sku: line.sku, reservationId: this.#reservationId(line), owner: "order", quantity: line.quantity } as const;
    const reply = await this.#answer(`stock ${line.sku}`, () => this.#ports.stock(line.sku).reserve(command));
    return reply === null ? { sku: line.sku, kind: "unknown" } : toReservationResult(line.sku, reply);
  }

  async release(line: OrderLine): Promise<ReleaseResult> {
    const command = { sku: line.sku, reservationId: this.#reservationId(line), owner: "order", quantity: line.quantity } as const;
    const reply = await this.#answer(`stock ${line.sku}`, () => this.#ports.stock(line.sku).release(command));
    return { sku: line.sku, kind: reply?.ok === true ? "released" : "unknown" };
  }

  async charge(step: Charge): Promise<ChargeResult> {
    const reply = await this.#answer("payment", () => this.#ports.payment.charge(this.#chargeCommand(step)));
    return reply === null ? { kind: "unknown" } : toChargeResult(reply);
  }

  async lookUp(step: Charge): Promise<LookUpResult> {
    const reply = await this.#answer("payment", () => this.#ports.payment.lookUp(this.#chargeCommand(step)));
    if (reply === null) return { kind: "unknown" };
    return !reply.ok && reply.code === "not_found" ? { kind: "not_charged" } : toChargeResult(reply);
  }

  /** null when the answer did not come, for whatever reason: the work may have been done. */
  async #answer<Reply>(what: string, ask: () => PromiseLike<Reply>): Promise<Reply | null> {
    try {
      return await withDeadline(ask(), limits.stepDeadlineMs, what);
    } catch (error) {
      this.#logger.warn("a step got no answer", { order_id: this.#state.orderId, asked: what, error: describeError(error) });
      return null;
    }
  }

  #reservationId(line: OrderLine): string {
    return reservationIdOf(this.#state.orderId, this.#state.lines.indexOf(line));
  }

  #chargeCommand({ amountMinor, currency }: Charge): ChargeCommand {
    const { orderId, payment, requestId, correlationId } = this.#state;
    return {
      chargeId: `${orderId}:charge:1`,
      paymentId: paymentIdFor(orderId),
      amountMinor,
      currency,
      paymentMethod: payment.method,
      context: { requestId, correlationId },
    };
  }
}

interface Charge {
  readonly amountMinor: number;
  readonly currency: string;
}

function toReservationResult(sku: string, reply: ReserveReply): ReservationResult {
  if (reply.ok) return { sku, kind: "held", name: reply.name, unitPriceMinor: reply.unitPriceMinor, currency: reply.currency };
  if (reply.code === "out_of_stock") return { sku, kind: "out_of_stock", available: reply.available };
  return { sku, kind: reply.code === "unknown_sku" ? "unknown_sku" : "conflict" };
}

function toChargeResult(reply: ChargeReply | { readonly ok: false; readonly code: "not_found" }): ChargeResult {
  if (reply.ok) return { kind: "captured", reference: reply.reference };
  if (reply.code === "payment_declined") return { kind: "declined", reason: reply.reason };
  // A charge that the provider cannot find right after being asked for it is not an answer.
  return { kind: reply.code === "unknown_payment_method" ? "unknown_payment_method" : "unknown" };
}
