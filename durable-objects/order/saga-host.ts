/** Runs the sagas of one host's orders: at most one run for each order at a time, which everybody who asks joins. */
import type { ChangeOrderCommand, ChangeOrderReply, PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import { defaultHoldSeconds, type WireOrder } from "../../shared/contracts/order.ts";
import { awaitsPayment, isSettled } from "../../shared/domain/order/state.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { nameOfOrder, orderIdFor } from "../../shared/platform/ids.ts";
import { createLogger, type Logger } from "../../shared/platform/logger.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import type { Deadlines } from "../kernel/deadlines.ts";
import { JoinedWrites } from "../kernel/joined-writes.ts";
import { Turns } from "../kernel/turns.ts";
import { loneCaller, type Caller } from "./caller.ts";
import { changeReply, refusedChange, toOrderCommand } from "./change-order.ts";
import { commitOrder, takeOver, writeOrder, type OrderTables } from "./commit-order.ts";
import { replyOf } from "./kept-answer.ts";
import { limits } from "./limits.ts";
import { LiveOrder } from "./live-order.ts";
import type { StepPorts } from "./perform-step.ts";
import { differingFields } from "./request-store.ts";
import { nextAtMsOf, runSaga, type SagaDeps } from "./run-saga.ts";
import { saveOrderNow } from "./save-order.ts";
import { withShards } from "./shard-hints.ts";
import type { OrderRecord } from "./store.ts";

export interface SagaHostOptions {
  readonly ctx: Pick<DurableObjectState, "waitUntil">;
  readonly tables: OrderTables;
  readonly ports: StepPorts;
  readonly deadlines: Deadlines;
  readonly metrics: Metrics;
}

/** What is asked of an order, by which request. */
type Wish = ReturnType<typeof toOrderCommand> & { readonly cause: string };

interface NewOrderOptions {
  readonly cause: string;
  readonly caller: Caller;
}

export class SagaHost {
  readonly #options: SagaHostOptions;
  readonly #tables: OrderTables;
  readonly #turns = new Turns();
  readonly #writes: JoinedWrites;
  /** Orders whose first commit is on its way, by their ids. */
  readonly #accepting = new Map<string, Promise<unknown>>();
  /** Runs under way, by order id: the order as the run has it in memory, and the run's end, which never rejects. */
  readonly #runs = new Map<string, { readonly live: LiveOrder; readonly end: Promise<void> }>();

  constructor(options: SagaHostOptions) {
    this.#options = options;
    this.#tables = options.tables;
    this.#writes = new JoinedWrites(options.tables, createLogger("orders"));
  }

  /** Accepts the order if its key is new, and waits up to `waitMs` for the outcome; a key that was used is answered again. */
  async placeOrder(command: PlaceOrderCommand, caller = loneCaller): Promise<PlaceOrderReply> {
    // Orders that come while others are worked on are accepted together.
    if (this.#runs.size > 0) await this.#turns.next();
    const orderId = orderIdFor(command.name);
    // The same key twice in one moment is one order, too.
    while (this.accepting(orderId) !== undefined) await this.accepting(orderId);
    const stored = this.#tables.requests.find(command.name);
    const cause = `request ${command.context.requestId}`;
    if (stored === null) return this.#placeNew(orderId, command, { cause, caller });
    const fields = differingFields(stored.request, command.request);
    if (fields.length > 0) return { kind: "mismatch", fields };
    this.#resumeIfIdle(orderId, cause);
    await this.#wait(orderId, command.waitMs, caller.isThere);
    return this.#answerAgain(orderId, command);
  }

  /** Resolves when the order's first commit has been taken over or has failed; undefined when none is on its way. */
  accepting(orderId: string): Promise<unknown> | undefined {
    return this.#accepting.get(orderId);
  }

  async #placeNew(orderId: string, command: PlaceOrderCommand, { cause, caller }: NewOrderOptions): Promise<PlaceOrderReply> {
    const live = placed(orderId, command, cause);
    const { onBegun, isThere } = caller;
    await live.heardWhile(async () => {
      await this.#accept(live, command, cause);
      onBegun();
      await this.#wait(orderId, command.waitMs, isThere);
    }, isThere);
    const order = live.settledAs;
    if (order !== null) return { kind: "settled", replayed: false, order, requestId: command.context.requestId };
    // The wait may end between the commit that settles the order and the moment this host hears of it.
    return this.#answerAgain(orderId, { ...command, askedAgain: true });
  }

  /**
   * Does what can be asked of an order that exists, and waits up to `waitMs` for it to be done. The wish is on disk before its
   * first step, so it is done even if nobody waits for it any more.
   */
  async changeOrder(command: ChangeOrderCommand): Promise<ChangeOrderReply> {
    const { orderId, principalId, change, context } = command;
    for (let written = this.#beingWritten(orderId); written !== null; written = this.#beingWritten(orderId)) await written;
    // Nothing may come between this look and the decision: another wish that waited as long would be decided on the same order.
    const live = this.#runs.get(orderId)?.live ?? this.#open(orderId);
    if (live === null || (principalId !== null && live.state.principalId !== principalId)) return { kind: "not_found" };
    return live.heardWhile(() => this.#change(live, command, { ...toOrderCommand(change), cause: `request ${context.requestId}` }));
  }

  async #change(live: LiveOrder, { orderId, change, waitMs }: ChangeOrderCommand, wish: Wish): Promise<ChangeOrderReply> {
    const atMs = Math.max(Date.now(), live.state.updatedAtMs);
    const asked = { ...wish, atMs, durationMs: 0 };
    const decision = live.askAndCommit(asked, () => saveOrderNow(live, this.#depsOf(live), { nextAtMs: () => nextAtMsOf(live) }));
    if (!decision.ok) return refusedChange(decision, this.#record(orderId));
    if (decision.events.length === 0) this.#resumeIfIdle(orderId, wish.cause);
    else if (!isSettled(live.state)) void this.#start(live, wish.cause);
    await this.#wait(orderId, waitMs);
    return changeReply(change, this.#record(orderId));
  }

  /** Takes an order up again if it should have gone on by now, or with `now` if it has anything left to do. */
  wake(orderId: string, now = false): void {
    // What is being accepted is started then, whoever finds it on disk before.
    if (this.#accepting.has(orderId)) return;
    const record = this.#tables.orders.load(orderId);
    if (record?.nextAtMs != null && (now || record.nextAtMs <= Date.now())) void this.#start(new LiveOrder(record), "wake");
  }

  /** Resolves when what is being written of the order has been taken over, and its run has gone on; null when nothing is. */
  #beingWritten(orderId: string): Promise<unknown> | null {
    const writing = this.#accepting.get(orderId) ?? this.#runs.get(orderId)?.live.saving ?? null;
    // A wish that came before its run goes on, or ends, would find a run that takes up nothing any more.
    return writing?.then(() => this.#turns.next()) ?? null;
  }

  #open(orderId: string): LiveOrder | null {
    const record = this.#tables.orders.load(orderId);
    return record === null ? null : new LiveOrder(record);
  }

  /** Takes up every order whose time has come. */
  async runDue(nowMs: number): Promise<void> {
    const due = this.#tables.orders.dueOrders(nowMs, limits.alarmPortion);
    await Promise.all(due.map((orderId) => this.#runOne(orderId)));
  }

  async #runOne(orderId: string): Promise<void> {
    // A run that is under way sets the next time itself; this keeps the alarm from spinning until then.
    this.#tables.orders.postpone(orderId, Date.now() + limits.resumeAfterMs);
    const record = this.#tables.orders.load(orderId);
    if (record !== null) await this.#start(new LiveOrder(record), "alarm");
  }

  async #accept(live: LiveOrder, command: PlaceOrderCommand, cause: string): Promise<void> {
    const { orderId } = live.state;
    // Nobody is told yet: the outcome follows in a moment, or a pause, and tells of this too.
    const options = { nextAtMs: () => Date.now() + limits.resumeAfterMs, request: command.request, untold: true };
    const accepted = this.#writes.write(
      () => writeOrder(live, this.#tables, options),
      (committed) => {
        takeOver(live, this.#tables, committed);
        void this.#start(live, cause);
      },
    );
    const ended = accepted.catch(() => undefined).finally(() => this.#accepting.delete(orderId));
    this.#accepting.set(orderId, ended);
    await accepted;
  }

  /** A duplicate finishes what a crash interrupted, but does not push an order that waits for its next try. */
  #resumeIfIdle(orderId: string, cause: string): void {
    const record = this.#tables.orders.load(orderId);
    if (record?.nextAtMs == null || awaitsPayment(record.state)) return;
    if (record.state.attempts === 0) void this.#start(new LiveOrder(record), cause);
  }

  #start(live: LiveOrder, cause: string): Promise<void> {
    const { orderId } = live.state;
    const running = this.#runs.get(orderId);
    if (running !== undefined) return running.end;
    const end = this.#run(live, cause).finally(() => this.#runs.delete(orderId));
    this.#runs.set(orderId, { live, end });
    return end;
  }

  async #run(live: LiveOrder, cause: string): Promise<void> {
    const deps = this.#depsOf(live);
    try {
      this.#tellIfTakenUp(live, cause);
      await runSaga(live, deps, cause);
      deps.metrics.scheduleFlush(this.#options.ctx);
    } catch (error) {
      this.#postponeDefect(live.state.orderId, deps.logger, error);
    }
  }

  /** An order that has to be taken up again did not end in a moment: whoever looks for it in Postgres is to find it there. */
  #tellIfTakenUp(live: LiveOrder, cause: string): void {
    const { record } = live;
    if (record === null || record.publishedEntries > 0 || cause.startsWith("request ")) return;
    commitOrder(live, this.#tables, { nextAtMs: () => record.nextAtMs });
  }

  #depsOf({ state }: LiveOrder): SagaDeps {
    const logger = createLogger("orders", { requestId: state.requestId, correlationId: state.correlationId });
    const { tables, ports, deadlines, metrics } = this.#options;
    return { tables, writes: this.#writes, ports, deadlines, metrics, logger, together: this.#together };
  }

  /** An order that is worked on alone waits for nobody. */
  readonly #together = (): Promise<void> => (this.#runs.size > 1 ? this.#turns.next() : Promise.resolve());

  /** Only a defect or failing storage gets here. The order keeps its last durable state and is tried again. */
  #postponeDefect(orderId: string, logger: Logger, error: unknown): void {
    logger.error("a saga run failed", { order_id: orderId, error: describeError(error) });
    const nextAtMs = Date.now() + limits.defectDelayMs;
    try {
      this.#tables.orders.postpone(orderId, nextAtMs);
      this.#tables.alarms.arm(nextAtMs);
    } catch (storageError) {
      // The time of the next try that is on disk already stands.
      logger.error("a failed saga run could not be postponed", { order_id: orderId, error: describeError(storageError) });
    }
  }

  async #wait(orderId: string, waitMs: number, isThere?: Caller["isThere"]): Promise<void> {
    const run = this.#runs.get(orderId);
    if (run !== undefined) await run.live.heardWhile(() => this.#options.deadlines.waitFor(run.end, waitMs), isThere);
  }

  #answerAgain(orderId: string, { askedAgain, context }: PlaceOrderCommand): PlaceOrderReply {
    const record = this.#record(orderId);
    const { requestId } = record.state;
    // Whoever placed it and lost the answer on the way has had none yet.
    const replayed = askedAgain !== true || requestId !== context.requestId;
    const stored = this.#tables.requests.find(nameOfOrder(orderId));
    const reply = stored && replyOf(stored, () => record);
    if (reply === null) return { kind: "accepted", replayed, order: toWireOrder(record.state, record.version) };
    return { kind: "settled", replayed, order: JSON.parse(reply.body) as WireOrder, requestId };
  }

  #record(orderId: string): OrderRecord {
    const record = this.#tables.orders.load(orderId);
    if (record === null) throw new Error("an accepted order is not stored");
    return record;
  }
}

/** The order as it is accepted. */
function placed(orderId: string, command: PlaceOrderCommand, cause: string): LiveOrder {
  const live = new LiveOrder(null);
  const { principalId, items, paymentMethod, expectedTotalMinor, onDecline = "fail", metadata, context } = command;
  const lines = withShards(orderId, items);
  const order = { orderId, principalId, lines, paymentMethod, expectedTotalMinor, onDecline, metadata, ...context };
  const giveUpAfterMs = command.holdMs ?? defaultHoldSeconds * 1_000;
  live.apply({ type: "place_order", order, giveUpAfterMs, atMs: Date.now(), durationMs: 0, cause });
  return live;
}
