/**
 * `POST /sql` as Neon's HTTP proxy answers it, for the real `@neondatabase/serverless` (`neon()`) and drizzle's `neon-http`.
 * The shapes are those that client 1.2 writes and reads: one `{ query, params }`, or `{ queries: [...] }`, which is one
 * transaction; values come back in text format and the client parses them by `dataTypeID`; a refusal is 400 with
 * Postgres's error report, anything else is 500.
 */
import { z } from "zod";
import { openEndpoint, type EndpointReply, type EndpointRequest, type LocalEndpoint } from "../http-endpoint.ts";
import { SqlError, type SqlBackend, type SqlQuery, type SqlResult, type TransactionMode } from "./backend.ts";

export interface NeonEndpointOptions {
  readonly port: number;
  /** The connection string clients must send: its user, password and database are checked, as a server would. */
  readonly connectionString: string;
}

/** @throws When the port is taken. */
export function openNeonEndpoint(backend: SqlBackend, options: NeonEndpointOptions): Promise<LocalEndpoint> {
  return openEndpoint((request) => answer({ backend, connectionString: options.connectionString }, request), options);
}

interface Service {
  readonly backend: SqlBackend;
  readonly connectionString: string;
}

// The client writes numbers and booleans as text already; other clients may not.
const paramSchema = z.union([z.string(), z.null(), z.number().transform(String), z.boolean().transform(String)]);
const querySchema = z.object({ query: z.string(), params: z.array(paramSchema).default([]) });
const bodySchema = z.union([z.object({ queries: z.array(querySchema) }), querySchema]);

async function answer(service: Service, request: EndpointRequest): Promise<EndpointReply> {
  if (request.method !== "POST" || request.path !== "/sql") return { status: 404, body: { message: "Only POST /sql is here" } };
  const refusal = checkHeaders(service, request);
  if (refusal !== undefined) return refusal;
  const body = readBody(request.body);
  if (body === undefined) return badRequest("The body is neither a query nor a list of queries");
  try {
    return { status: 200, body: await run(service.backend, body, request) };
  } catch (error) {
    if (error instanceof SqlError) return { status: 400, body: { message: error.message, ...error.report } };
    return { status: 500, body: { message: String(error) } };
  }
}

function checkHeaders(service: Service, { headers }: EndpointRequest): EndpointReply | undefined {
  const sent = parseUrl(String(headers["neon-connection-string"]));
  const expected = parseUrl(service.connectionString);
  if (sent === undefined) return badRequest("Neon-Connection-String is missing or not a connection string");
  const same = sent.username === expected?.username && sent.password === expected.password && sent.pathname === expected.pathname;
  if (!same) return badRequest(`password authentication failed for user '${sent.username}'`, { severity: "FATAL", code: "28P01" });
  return headers["neon-raw-text-output"] === "true" ? undefined : badRequest("Only Neon-Raw-Text-Output: true is spoken here");
}

const parseUrl = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

const badRequest = (message: string, report: object = {}): EndpointReply => ({ status: 400, body: { message, ...report } });

type Body = z.infer<typeof bodySchema>;

function readBody(text: string): Body | undefined {
  try {
    return bodySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function run(backend: SqlBackend, body: Body, { headers }: EndpointRequest): Promise<unknown> {
  const arrayMode = headers["neon-array-mode"] === "true";
  if (!("queries" in body)) return wireResult(await backend.query(body satisfies SqlQuery), arrayMode);
  const results = await backend.transaction(body.queries, readMode(headers));
  return { results: results.map((result) => wireResult(result, arrayMode)) };
}

const isolationLevels = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
} as const;

function readMode(headers: EndpointRequest["headers"]): TransactionMode {
  const level = headers["neon-batch-isolation-level"];
  return {
    isolationLevel:
      typeof level === "string" && level in isolationLevels ? isolationLevels[level as keyof typeof isolationLevels] : undefined,
    readOnly: readFlag(headers["neon-batch-read-only"]),
    deferrable: readFlag(headers["neon-batch-deferrable"]),
  };
}

const readFlag = (value: string | string[] | undefined): boolean | undefined => (value === undefined ? undefined : value === "true");

function wireResult({ command, rowCount, fields, rows }: SqlResult, rowAsArray: boolean): unknown {
  const asObject = (row: SqlResult["rows"][number]): unknown =>
    Object.fromEntries(fields.map((field, index) => [field.name, row[index] ?? null]));
  return { command, rowCount, fields, rowAsArray, rows: rowAsArray ? rows : rows.map(asObject) };
}
