/** Runs one external step of the saga and says how it went. Every call is idempotent and bounded in time. */
import { refundIdOf, returnIdOf } from "../../shared/contracts/payment-mapping.ts";
import type {
  ChargeCommand,
  ChargeReply,
  LookUpReply,
  PaymentApi,
  RefundReply,
  ReserveReply,
  StockActorApi,
  VoidReply,
} from "../../shared/contracts/rpc.ts";
import { unreachable } from "../../shared/domain/assert.ts";
import type { Refund, Return } from "../../shared/domain/order/after-sale.ts";
import type { ChargeResult, LookUpResult, RefundResult, VoidResult } from "../../shared/domain/order/decide-payment.ts";
import type { ReleaseResult } from "../../shared/domain/order/decide-stock.ts";
import type { StepReport } from "../../shared/domain/order/decide.ts";
import type { ReservationResult } from "../../shared/domain/order/events.ts";
import type { Step } from "../../shared/domain/order/next-step.ts";
import { shardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import type { OrderLine, OrderState } from "../../shared/domain/order/state.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { paymentIdFor } from "../../shared/platform/ids.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Deadlines } from "../kernel/deadlines.ts";
import { limits } from "./limits.ts";
import { chargeIdOf } from "./order-messages.ts";
import { reservationIdOf } from "./sale.ts";

/** The neighbours an order calls. */
export interface StepPorts {
  stock(sku: string): Pick<StockActorApi, "reserve" | "release" | "restock">;
  readonly payment: Pick<PaymentApi, "charge" | "lookUp" | "void" | "refund">;
}

export interface StepDeps {
  readonly ports: StepPorts;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
}

/** Never throws for a neighbour that fails: an answer that did not come is reported as unknown. */
export async function performStep(step: Step, state: OrderState, deps: StepDeps): Promise<StepReport> {
  const call = new StepCall(state, deps);
  switch (step.kind) {
    case "reserve_inventory":
      return { type: "record_reservation", results: await Promise.all(step.lines.map((line) => call.reserve(line))) };
    case "release_inventory":
      return { type: "record_release", results: await Promise.all(step.lines.map((line) => call.giveBack(line))) };
    case "process_payment":
      return { type: "record_charge", result: await call.charge(step) };
    case "look_up_payment":
      return { type: "record_look_up", result: await call.lookUp(step) };
    case "void_payment":
      return { type: "record_void", result: await call.void(step) };
    case "refund_payment":
      return { type: "record_refund", operationId: step.refund.operationId, result: await call.refund(step.refund, step.number) };
    case "restock_inventory":
      return { type: "record_restock", operationId: step.entry.operationId, restocked: await call.restockReturn(step.entry, step.number) };
    default:
      return unreachable(step);
  }
}

class StepCall {
  readonly #state: OrderState;
  readonly #deps: StepDeps;

  constructor(state: OrderState, deps: StepDeps) {
    this.#state = state;
    this.#deps = deps;
  }

  async reserve(line: OrderLine): Promise<ReservationResult> {
    const command = { ...this.#reservation(line), expiresAtMs: this.#state.giveUpAtMs };
    const reply = await this.#answer(`stock ${command.sku}`, () => this.#deps.ports.stock(command.sku).reserve(command));
    return reply === null ? { sku: line.sku, kind: "unknown" } : toReservationResult(line.sku, reply);
  }

  /** A hold is released; what was sold is taken back. */
  giveBack(line: OrderLine): Promise<ReleaseResult> {
    return line.hold === "sold" ? this.#takeBack(line) : this.#release(line);
  }

  async charge(step: Charge): Promise<ChargeResult> {
    const reply = await this.#answer("payment", () => this.#deps.ports.payment.charge(this.#chargeCommand(step)));
    return reply === null ? { kind: "unknown" } : toChargeResult(reply);
  }

  async lookUp(step: Charge): Promise<LookUpResult> {
    const reply = await this.#answer("payment", () => this.#deps.ports.payment.lookUp(this.#chargeCommand(step)));
    return reply === null ? { kind: "unknown" } : toLookUpResult(reply);
  }

  async void(step: Charge): Promise<VoidResult> {
    const reply = await this.#answer("payment", () => this.#deps.ports.payment.void(this.#chargeCommand(step)));
    return reply === null ? { kind: "unknown" } : toVoidResult(reply);
  }

  async refund({ amountMinor }: Refund, number: number): Promise<RefundResult> {
    const { orderId, payment, currency } = this.#state;
    const command = {
      refundId: refundIdOf(orderId, number - 1),
      reference: payment.reference ?? "",
      amountMinor,
      currency: currency ?? "",
      ...this.#paymentNames(),
    };
    const reply = await this.#answer("payment", () => this.#deps.ports.payment.refund(command));
    return reply === null ? { kind: "unknown" } : toRefundResult(reply);
  }

  /** Whether every line is back on its shelf. */
  async restockReturn({ lines }: Return, number: number): Promise<boolean> {
    const { orderId } = this.#state;
    const operationId = returnIdOf(orderId, number - 1);
    const back = await Promise.all(lines.map(({ sku, quantity }) => this.#restock(this.#lineOf(sku), operationId, quantity)));
    return back.every(Boolean);
  }

  async #release(line: OrderLine): Promise<ReleaseResult> {
    const command = this.#reservation(line);
    const reply = await this.#answer(`stock ${command.sku}`, () => this.#deps.ports.stock(command.sku).release(command));
    return { sku: line.sku, kind: reply?.ok === true ? "released" : "unknown" };
  }

  async #takeBack(line: OrderLine): Promise<ReleaseResult> {
    const done = await this.#restock(line, `${this.#state.orderId}:cancel`, line.quantity);
    return { sku: line.sku, kind: done ? "released" : "unknown" };
  }

  async #restock(line: OrderLine, operationId: string, quantity: number): Promise<boolean> {
    const { sku, reservationId } = this.#reservation(line);
    const command = { sku, reservationId, operationId: `${operationId}/${reservationId}`, quantity };
    const done = await this.#answer(`stock ${sku}`, () =>
      this.#deps.ports
        .stock(sku)
        .restock(command)
        .then(() => true),
    );
    return done ?? false;
  }

  /** null when the answer did not come, for whatever reason: the work may have been done. */
  async #answer<Reply>(what: string, ask: () => PromiseLike<Reply>): Promise<Reply | null> {
    try {
      return await this.#deps.deadlines.within(ask(), { deadlineMs: limits.stepDeadlineMs, what });
    } catch (error) {
      this.#deps.logger.warn("a step got no answer", { order_id: this.#state.orderId, asked: what, error: describeError(error) });
      return null;
    }
  }

  #lineOf(sku: string): OrderLine {
    const line = this.#state.lines.find((candidate) => candidate.sku === sku);
    if (line === undefined) throw new Error(`${sku} is not in ${this.#state.orderId}`);
    return line;
  }

  #reservation(line: OrderLine) {
    const index = this.#state.lines.findIndex(({ sku }) => sku === line.sku);
    const reservationId = reservationIdOf(this.#state.orderId, index);
    return { sku: shardKey(line.sku, line.shard), reservationId, owner: "order", quantity: line.quantity } as const;
  }

  #chargeCommand({ amountMinor, currency }: Charge): ChargeCommand {
    const { attempts, payment } = this.#state;
    return { amountMinor, currency, tryNumber: attempts + 1, askedAtMs: payment.askedAtMs, ...this.#paymentNames() };
  }

  #paymentNames() {
    const { orderId, payment, requestId, correlationId } = this.#state;
    return {
      chargeId: chargeIdOf(this.#state),
      paymentId: paymentIdFor(orderId),
      orderId,
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

function toChargeResult(reply: ChargeReply): ChargeResult {
  if (reply.ok) return { kind: "captured", reference: reply.reference };
  return reply.code === "payment_declined" ? { kind: "declined", reason: reply.reason } : { kind: "unknown_payment_method" };
}

function toLookUpResult(reply: LookUpReply): LookUpResult {
  if (!reply.ok && reply.code === "not_found") return { kind: "not_charged" };
  return !reply.ok && reply.code === "processing" ? { kind: "unknown" } : toChargeResult(reply);
}

function toVoidResult(reply: VoidReply): VoidResult {
  return reply.ok ? { kind: "voided" } : { kind: "captured", reference: reply.reference, amountMinor: reply.amountMinor };
}

function toRefundResult(reply: RefundReply): RefundResult {
  return reply.ok ? { kind: "refunded", reference: reply.reference } : { kind: "refused", reason: reply.reason };
}
