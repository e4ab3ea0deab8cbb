/**
 * A Stripe on this machine: as much of its HTTP API as the official SDK needs to take, look up, cancel and refund payments, with
 * a ledger of its own that survives its process, signed webhooks, and cards with which things go wrong.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { ProviderCapture } from "../../shared/contracts/rpc.ts";
import { type LocalEndpoint, openEndpoint } from "../http-endpoint.ts";
import { createApi } from "./api.ts";
import { Books, type WebhookTiming } from "./books.ts";
import { readCaptures } from "./captures.ts";
import { Ledger } from "./ledger.ts";
import { Tricks } from "./tricks.ts";
import { WebhookDeliverer } from "./webhooks.ts";

/** What the simulated provider's slow card takes, ms. */
const defaultSlowMs = 5_000;
/** A request that is never answered is let go after this, ms: later than any client waits. */
const hangMs = 60_000;

export interface StripeServerOptions {
  /** The ledger's file. */
  readonly path: string;
  readonly port?: number | undefined;
  readonly webhooks?: (WebhookTiming & { readonly newestFirst?: boolean | undefined }) | undefined;
  /** How long `pm_card_slow` is processed, ms. Default 5,000. */
  readonly slowMs?: number | undefined;
  /** How far the search index is behind, ms. Default 0; Stripe's own takes up to a minute. */
  readonly searchLagMs?: number | undefined;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** What a slow card waits with. Default a timer. */
  readonly sleep?: ((ms: number) => Promise<unknown>) | undefined;
}

export interface StripeServer extends Pick<LocalEndpoint, "url" | "start" | "stop" | "pause">, AsyncDisposable {
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly tricks: Tricks;
  /** Events go there from now on, and those that were not taken yet. */
  sendWebhooksTo(url: string): void;
  /** The money that was truly taken, oldest first. */
  ledger(): readonly ProviderCapture[];
}

/** @throws When the port is taken or the file is no ledger. */
export async function openStripeServer(options: StripeServerOptions): Promise<StripeServer> {
  await using opened = new AsyncDisposableStack();
  const now = options.now ?? Date.now;
  const ledger = opened.adopt(new Ledger(options.path), (open) => open.close());
  const secretKey = ledger.secret("secret_key", "sk_test_");
  const webhookSecret = ledger.secret("webhook_secret", "whsec_");
  const newestFirst = options.webhooks?.newestFirst ?? false;
  const deliverer = opened.adopt(new WebhookDeliverer({ ledger, secret: webhookSecret, now, newestFirst }), (running) => running.stop());
  const tricks = new Tricks();
  const ending = opened.adopt(new AbortController(), (controller) => controller.abort());
  const pause = (ms: number): Promise<unknown> => wait(ms, undefined, { signal: ending.signal, ref: false });
  const api = createApi({
    books: new Books({ ledger, now, webhooks: options.webhooks ?? {} }),
    tricks,
    secretKey,
    slowMs: options.slowMs ?? defaultSlowMs,
    searchLagMs: options.searchLagMs ?? 0,
    sleep: options.sleep ?? pause,
    hang: () => pause(hangMs).catch(() => undefined),
    onEvents: () => deliverer.poke(),
  });
  const endpoint = opened.adopt(await openEndpoint(api, { port: options.port ?? 0 }), (open) => open.stop());
  const resources = opened.move();
  return {
    url: endpoint.url,
    start: () => endpoint.start(),
    stop: () => endpoint.stop(),
    pause: () => endpoint.pause(),
    secretKey,
    webhookSecret,
    tricks,
    sendWebhooksTo: (url) => deliverer.sendTo(url),
    ledger: () => readCaptures(ledger),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
