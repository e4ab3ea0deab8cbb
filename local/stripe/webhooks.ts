/** Delivers events, signed, one after the other, until each has been taken. */
import { Stripe } from "stripe";
import type { Delivery, Ledger } from "./ledger.ts";

/** First wait after a delivery that was not taken, ms; it doubles up to the longest. Stripe itself waits up to hours, for three days. */
const firstRetryMs = 500;
const longestRetryMs = 30_000;
const deliveryTimeoutMs = 10_000;

export interface DelivererOptions {
  readonly ledger: Ledger;
  readonly secret: string;
  readonly now: () => number;
  /** The newest of those that are due goes first. */
  readonly newestFirst: boolean;
}

export class WebhookDeliverer {
  readonly #options: DelivererOptions;
  #url: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /** From now on events go there, those that nobody has taken yet included. */
  sendTo(url: string): void {
    this.#url = url;
    this.poke();
  }

  /** Call when there may be something to deliver. */
  poke(): void {
    if (this.#stopped || this.#url === undefined || this.#running !== undefined) return;
    const dueMs = this.#options.ledger.nextDeliveryMs();
    clearTimeout(this.#timer);
    if (dueMs === undefined) return;
    this.#timer = setTimeout(() => this.#run(), Math.max(0, dueMs - this.#options.now()));
    this.#timer.unref();
  }

  /** Waits for the delivery that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #run(): void {
    this.#running ??= this.#deliverDue().finally(() => {
      this.#running = undefined;
      this.poke();
    });
  }

  async #deliverDue(): Promise<void> {
    const { ledger, now, newestFirst } = this.#options;
    const due = ledger.dueDeliveries(now());
    for (const delivery of newestFirst ? [...due].reverse() : due) {
      if (this.#stopped) return;
      if (await this.#deliver(delivery)) ledger.endDelivery(delivery);
      else ledger.retryDelivery(delivery, now() + Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(delivery.attempts, 10)));
    }
  }

  async #deliver({ eventId }: Delivery): Promise<boolean> {
    const event = this.#options.ledger.find("event", eventId);
    if (event === undefined || this.#url === undefined) return event === undefined;
    const payload = JSON.stringify(event, null, 2);
    const timestamp = Math.floor(this.#options.now() / 1_000);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: this.#options.secret, timestamp });
    return await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": signature },
      body: payload,
      signal: AbortSignal.timeout(deliveryTimeoutMs),
    }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
  }
}
