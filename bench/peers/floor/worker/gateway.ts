/** The floor's public Worker: `POST /orders`, and for the bench `PUT` and `GET /stock/{sku}`. */
import { stockHostOf, type FloorEnv } from "./env.ts";

interface OrderBody {
  readonly sku: string;
}

export default {
  async fetch(request, env) {
    if (request.method === "POST") return placeOrder(request, env);
    const sku = request.url.slice(request.url.lastIndexOf("/") + 1);
    const stock = env.STOCK.getByName(stockHostOf(env, sku));
    if (request.method === "PUT") await stock.receive(sku, Number(await request.text()));
    return new Response(await stock.levels(sku));
  },
} satisfies ExportedHandler<FloorEnv>;

async function placeOrder(request: Request, env: FloorEnv): Promise<Response> {
  const key = request.headers.get("idempotency-key") ?? "";
  const { sku } = JSON.parse(await request.text()) as OrderBody;
  const status = await env.ORDERS.getByName(`host-${hash(key) % Number(env.HOSTS)}`).place(key, sku);
  return new Response(`{"id":"${key}","status":"${status}"}`, { status: status === "confirmed" ? 201 : 409 });
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
