/** The floor's notifier: a record and a line for each order. The record decides: who is told twice of an order writes one line. */
import { acknowledge, readBatch, runStatement } from "./consume.ts";
import type { FloorEnv } from "./env.ts";

const insertion = `
  INSERT INTO ops.notifications
    SELECT key, 'order.' || status, at FROM json_to_recordset($1::json) AS event (key text, status text, at timestamptz)
    ON CONFLICT DO NOTHING RETURNING kind || ' ' || order_id`;

export default {
  async queue(batch, env) {
    const events = readBatch(batch);
    const lines = await runStatement(env, insertion, events);
    console.log(lines.join("\n"));
    await acknowledge(env, "notifier", events);
  },
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<FloorEnv, string>;
