/** The floor's public Worker: `POST /orders`, and for the bench `PUT` and `GET /stock/{sku}` and `GET /outbox`. */
import { placeJoined } from "./join-requests.ts";
import { orderHostOf, stockHostOf, type FloorEnv } from "./env.ts";

interface OrderBody {
  readonly sku: string;
}

export default {
  async fetch(request, env, ctx) {
    if (request.method === "POST") return placeOrder(request, env, ctx);
    if (request.url.endsWith("/outbox")) return new Response(await countUnacknowledged(env));
    const sku = request.url.slice(request.url.lastIndexOf("/") + 1);
    const stock = env.STOCK.getByName(stockHostOf(env, sku));
    if (request.method === "PUT") await stock.receive(sku, Number(await request.text()));
    return new Response(await stock.levels(sku));
  },
} satisfies ExportedHandler<FloorEnv>;

async function placeOrder(request: Request, env: FloorEnv, ctx: ExecutionContext): Promise<Response> {
  const key = request.headers.get("idempotency-key") ?? "";
  const { sku } = JSON.parse(await request.text()) as OrderBody;
  const isJoined = env.REQUESTS_RUN === "joined";
  const status = await (isJoined ? placeJoined({ key, sku }, env, ctx) : env.ORDERS.getByName(orderHostOf(env, key)).place(key, sku));
  return new Response(`{"id":"${key}","status":"${status}"}`, { status: status === "confirmed" ? 201 : 409 });
}

/** Events of all order objects that a consumer has still to acknowledge. */
async function countUnacknowledged(env: FloorEnv): Promise<string> {
  const hosts = Array.from({ length: Number(env.HOSTS) }, (_, index) => env.ORDERS.getByName(`host-${index}`));
  const counts = await Promise.all(hosts.map((host) => host.unacknowledged()));
  return String(counts.reduce((sum, count) => sum + count, 0));
}
