/** The payment Worker: one provider behind the port. It keeps nothing; the order's actor keeps its payment's books. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { ChargeCommand, ChargeReply, PaymentApi } from "../../shared/contracts/rpc.ts";
import { once, paymentEnv } from "../../shared/platform/config.ts";
import type { PaymentEnv } from "./env.ts";
import type { PaymentProvider } from "./provider.ts";
import { simulatedProvider } from "./providers/simulated.ts";

const readConfig = once(paymentEnv);
const providers: Record<ReturnType<typeof readConfig>["paymentProvider"], PaymentProvider> = { simulated: simulatedProvider };

export class PaymentService extends WorkerEntrypoint<PaymentEnv> implements PaymentApi {
  async charge(command: ChargeCommand): Promise<ChargeReply> {
    return this.#provider.charge(command);
  }

  async lookUp(command: ChargeCommand): Promise<ChargeReply | { readonly ok: false; readonly code: "not_found" }> {
    return this.#provider.lookUp(command);
  }

  async health(): Promise<{ status: "up"; dependencies: Record<string, never> }> {
    return { status: "up", dependencies: {} };
  }

  get #provider(): PaymentProvider {
    return providers[readConfig(this.env).paymentProvider];
  }
}

/** No route leads here; Workers call the entrypoint above. */
export default { fetch: () => new Response(null, { status: 404 }) };
