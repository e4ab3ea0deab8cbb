/**
 * Neon's HTTP protocol in front of a PGlite in the same process, for tests: what is tested goes through the driver that
 * ships, and no port is opened. https://github.com/neondatabase/serverless/blob/main/CONFIG.md
 */
import { types, type PGlite, type Transaction } from "@electric-sql/pglite";
import { z } from "zod";

const querySchema = z.object({ query: z.string(), params: z.array(z.string().nullable()) });
const requestSchema = z.union([z.object({ queries: z.array(querySchema) }), querySchema]);

/** A `fetch` that answers as Neon's `/sql` does. Every value travels as text, both ways. */
export function neonFetch(pglite: PGlite): (url: string, init: { readonly body: string }) => Promise<Response> {
  return async (_url, { body }) => {
    const request = requestSchema.parse(JSON.parse(body));
    try {
      if (!("queries" in request)) return Response.json(await run(pglite, request));
      const results = await pglite.transaction(async (transaction) => {
        const done = [];
        for (const query of request.queries) done.push(await run(transaction, query));
        return done;
      });
      return Response.json({ results });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return Response.json(Object.assign({}, error, { message: error.message }), { status: 400 });
    }
  };
}

/** PGlite turns the types it knows into JavaScript's; Neon leaves that to its driver. */
const asText = Object.fromEntries(Object.keys({ ...types.parsers, ...types.serializers }).map((oid) => [oid, (value: string) => value]));

async function run(on: PGlite | Transaction, { query, params }: z.infer<typeof querySchema>) {
  const { rows, fields, affectedRows } = await on.query<unknown[]>(query, params, {
    rowMode: "array",
    parsers: asText,
    serializers: asText,
  });
  return { command: "", rowCount: affectedRows ?? rows.length, rows, fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })) };
}
