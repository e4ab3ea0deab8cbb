/** The floor's projector: a batch of order events is one statement on the durable records. Doing it twice changes nothing. */
import { acknowledge, readBatch, runStatement } from "./consume.ts";
import type { FloorEnv } from "./env.ts";

const insertion = `
  WITH event AS (
    SELECT * FROM json_to_recordset($1::json) AS event (key text, sku text, status text, amount_minor bigint, at timestamptz)
  ), new_orders AS (
    INSERT INTO orders.orders SELECT key, status, amount_minor, at FROM event ON CONFLICT DO NOTHING
  ), new_items AS (
    INSERT INTO orders.order_items SELECT key, 1, sku, 1 FROM event ON CONFLICT DO NOTHING
  ), new_payments AS (
    INSERT INTO payments.payments SELECT key, 'captured', amount_minor FROM event WHERE status = 'confirmed' ON CONFLICT DO NOTHING
  )
  INSERT INTO orders.journal SELECT key, 1, status, at FROM event ON CONFLICT DO NOTHING`;

export default {
  async queue(batch, env) {
    const events = readBatch(batch);
    await runStatement(env, insertion, events);
    await acknowledge(env, "projector", events);
  },
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<FloorEnv, string>;
