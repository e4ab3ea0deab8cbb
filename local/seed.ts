/** The demonstration catalogue, put in through the HTTP API as an operator would. Putting it in again changes nothing. */

const products = [
  { sku: "PROD-1", name: "Fisherman's sweater, navy wool", price_minor: 8900, quantity: 250 },
  { sku: "PROD-2", name: "Enamel mug, half a litre", price_minor: 1450, quantity: 1000 },
  { sku: "PROD-3", name: "Storm lantern, galvanised", price_minor: 3995, quantity: 400 },
  { sku: "PROD-4", name: "Waxed canvas rucksack, 28 litres", price_minor: 12900, quantity: 120 },
  { sku: "PROD-5", name: "Ship's biscuit, tin of 24", price_minor: 690, quantity: 5000 },
  { sku: "PROD-6", name: "Brass pocket compass", price_minor: 5400, quantity: 5 },
] as const;

const currency = "EUR";

/**
 * A product that is there is left alone, so a changed price stays changed. Stock comes in under a fixed Idempotency-Key,
 * so it comes in once, also when the first start was killed half-way.
 *
 * @throws Error with the answer, when the gateway refuses.
 */
export async function seedCatalogue(baseUrl: string, operatorKey: string): Promise<void> {
  const call = (path: string, init: CallOptions = {}): Promise<Response> => callApi(`${baseUrl}${path}`, { ...init, operatorKey });
  for (const { sku, name, price_minor, quantity } of products) {
    const there = await call(`/v1/inventory/${sku}`, { accept: [200, 404] });
    if (there.status === 404) await call(`/v1/products/${sku}`, { method: "PUT", body: { name, price_minor, currency } });
    // 409: it came in at an earlier start, and DUPLICATE_POLICY is reject.
    const receive = { method: "POST", body: { quantity }, idempotencyKey: `seed-${sku}`, accept: [200, 409] };
    await call(`/v1/inventory/${sku}/receive`, receive);
  }
}

interface CallOptions {
  readonly method?: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
  /** Statuses that are no failure; any 2xx by default. */
  readonly accept?: readonly number[];
}

async function callApi(
  url: string,
  { method = "GET", body, idempotencyKey, accept, operatorKey }: CallOptions & { operatorKey: string },
): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${operatorKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  if (accept?.includes(response.status) ?? response.ok) return response;
  throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
}
