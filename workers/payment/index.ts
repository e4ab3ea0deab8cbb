/** The payment Worker: one provider behind the port. It keeps nothing; the order's actor keeps its payment's books. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type {
  ChargeCommand,
  ChargeReply,
  Joined,
  LookUpReply,
  PaymentApi,
  RefundCommand,
  RefundReply,
  VoidReply,
} from "../../shared/contracts/rpc.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { once, paymentEnv } from "../../shared/platform/config.ts";
import type { PaymentEnv } from "./env.ts";
import type { PaymentProvider } from "./provider.ts";
import { createSimulatedProvider } from "./providers/simulated.ts";
import { createStripeProvider } from "./providers/stripe.ts";

const readConfig = once(paymentEnv);

/** One for the isolate: an adapter holds nothing that belongs to a request. */
let provider: PaymentProvider | undefined;

/** @throws Error naming the fields, when the provider's secrets are missing. */
function providerFor(env: PaymentEnv): PaymentProvider {
  const config = readConfig(env);
  if (config.paymentProvider === "stripe") return createStripeProvider(config, { now: Date.now });
  return createSimulatedProvider({ now: Date.now, sleep: (ms) => scheduler.wait(ms) });
}

export class PaymentService extends WorkerEntrypoint<PaymentEnv> implements PaymentApi {
  async charge(command: ChargeCommand): Promise<ChargeReply> {
    return this.#provider.charge(command);
  }

  async chargeTogether(commands: readonly ChargeCommand[]): Promise<readonly Joined<ChargeReply | "alone">[] | null> {
    const { chargeAtOnce } = this.#provider;
    return chargeAtOnce === undefined ? null : commands.map((command) => answerTo(command, chargeAtOnce));
  }

  async lookUp(command: ChargeCommand): Promise<LookUpReply> {
    return this.#provider.lookUp(command);
  }

  async void(command: ChargeCommand): Promise<VoidReply> {
    return this.#provider.void(command);
  }

  async refund(command: RefundCommand): Promise<RefundReply> {
    return this.#provider.refund(command);
  }

  async listCaptures(query: Parameters<PaymentApi["listCaptures"]>[0]): ReturnType<PaymentApi["listCaptures"]> {
    return this.#provider.listCaptures(query);
  }

  async readWebhook(webhook: Parameters<PaymentApi["readWebhook"]>[0]): ReturnType<PaymentApi["readWebhook"]> {
    return this.#provider.readWebhook(webhook);
  }

  async health(): ReturnType<PaymentApi["health"]> {
    return this.#provider.health();
  }

  get #provider(): PaymentProvider {
    return (provider ??= providerFor(this.env));
  }
}

/** What goes wrong with one charge is its own. */
function answerTo(command: ChargeCommand, chargeAtOnce: (command: ChargeCommand) => ChargeReply | null): Joined<ChargeReply | "alone"> {
  try {
    return { ok: true, reply: chargeAtOnce(command) ?? "alone" };
  } catch (error) {
    return { ok: false, error: describeError(error) };
  }
}

/** No route leads here; Workers call the entrypoint above. */
export default { fetch: () => new Response(null, { status: 404 }) };
