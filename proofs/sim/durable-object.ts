/** One Durable Object of the simulated platform: its disk, its present life, its alarm. */
import type { VirtualClock } from "./clock.ts";
import { Crash, Disk, Life, type DiskKind } from "./disk.ts";
import type { Fault } from "./faults.ts";

interface AlarmActor {
  alarm(): Promise<void>;
}

export interface HostOptions<Actor> {
  /** In fault names: `order`, `stock`. */
  readonly kind: DiskKind;
  /** Without tables at the beginning. */
  readonly fresh: boolean;
  readonly name: string;
  readonly clock: VirtualClock;
  readonly fault: Fault;
  readonly construct: (ctx: DurableObjectState, life: Life) => Actor;
}

interface Living<Actor> {
  readonly actor: Actor;
  readonly life: Life;
}

/** A crashed actor is made anew by whoever calls it next, the alarm included, on the same disk. */
export class SimulatedObject<Actor extends AlarmActor> {
  readonly disk: Disk;
  readonly #options: HostOptions<Actor>;
  #living: Living<Actor> | null = null;
  #starting: Promise<Living<Actor>> | null = null;
  #timer: ReturnType<VirtualClock["after"]> | undefined;

  constructor(options: HostOptions<Actor>) {
    this.#options = options;
    this.disk = new Disk(options.kind, options.fresh);
    this.disk.onAlarm = (atMs) => this.#schedule(atMs);
  }

  get name(): string {
    return this.#options.name;
  }

  /** The actor as it is now. Several who come at once while it is being made get the same. */
  async get(): Promise<Living<Actor>> {
    if (this.#living?.life.alive === true) return this.#living;
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  kill(): void {
    this.#living?.life.die("killed");
  }

  /** The run is over. */
  close(): void {
    this.disk.close();
  }

  /** Calls the actor; rejects with Crash when it dies before it has answered. */
  async call<Reply>(work: (actor: Actor) => Promise<Reply>): Promise<Reply> {
    const { actor, life } = await this.get();
    return Promise.race([work(actor), life.end]);
  }

  async #start(): Promise<Living<Actor>> {
    for (;;) {
      try {
        const living = await this.#construct();
        this.#living = living;
        return living;
      } catch (error) {
        // It crashed while it was being made; it is made again.
        if (!(error instanceof Crash)) throw error;
      }
    }
  }

  async #construct(): Promise<Living<Actor>> {
    const { kind, name, fault, construct } = this.#options;
    const life = new Life(
      (moment) => fault(`crash ${moment}: ${kind}`, 0.03),
      () => fault(`commit refused: ${kind}`, 0.02),
    );
    let ready: Promise<unknown> = Promise.resolve();
    const ctx = {
      storage: this.disk.connect(life),
      id: { toString: () => name, name },
      waitUntil: () => undefined,
      blockConcurrencyWhile: <Result>(work: () => Promise<Result>): Promise<Result> => {
        const result = work();
        ready = result;
        return result;
      },
    };
    const actor = construct(ctx as unknown as DurableObjectState, life);
    await ready;
    return { actor, life };
  }

  #schedule(atMs: number | null): void {
    const { clock } = this.#options;
    clock.cancel(this.#timer);
    if (atMs !== null) this.#timer = clock.after(atMs - clock.nowMs, () => void this.#ring());
  }

  /** An alarm whose actor crashes under it rings again. */
  async #ring(): Promise<void> {
    this.disk.alarmAtMs = null;
    try {
      await this.call((actor) => actor.alarm());
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.disk.alarmAtMs ??= this.#options.clock.nowMs + 2_000;
      this.#schedule(this.disk.alarmAtMs);
    }
  }
}
