/**
 * Upstash's REST interface for the real `@upstash/redis`: `POST /` with one command, `/pipeline` with many, `/multi-exec`
 * with many as one transaction. A bearer token is checked. With `Upstash-Encoding: base64` every string of a reply is
 * base64 of its UTF-8, except OK, which that client expects bare.
 */
import { timingSafeEqual, createHash } from "node:crypto";
import { z } from "zod";
import { openEndpoint, type EndpointReply, type EndpointRequest, type LocalEndpoint } from "../http-endpoint.ts";
import { RedisError, type RedisEngine, type RedisReply } from "./engine.ts";

export interface UpstashEndpointOptions {
  readonly port: number;
  readonly token: string;
}

/** @throws When the port is taken. */
export function openUpstashEndpoint(engine: RedisEngine, options: UpstashEndpointOptions): Promise<LocalEndpoint> {
  return openEndpoint((request) => answer({ engine, token: options.token }, request), options);
}

interface Service {
  readonly engine: RedisEngine;
  readonly token: string;
}

const commandSchema = z
  .array(z.union([z.string(), z.number().transform(String), z.boolean().transform(String), z.null().transform(() => "")]))
  .min(1);
const commandsSchema = z.array(commandSchema);

async function answer({ engine, token }: Service, request: EndpointRequest): Promise<EndpointReply> {
  if (!hasToken(request, token)) return refused(401, "WRONGPASS invalid or missing auth token");
  if (request.method !== "POST") return refused(405, "ERR only POST is spoken here");
  const encode = encoderFor(request);
  try {
    if (request.path === "/") return { status: 200, body: { result: encode(await engine.run(parse(commandSchema, request.body))) } };
    if (request.path === "/pipeline") return { status: 200, body: await runEach(engine, parse(commandsSchema, request.body), encode) };
    if (request.path === "/multi-exec")
      return { status: 200, body: await runTransaction(engine, parse(commandsSchema, request.body), encode) };
    return refused(404, "ERR no such path");
  } catch (error) {
    return error instanceof RedisError ? refused(400, error.message) : refused(500, String(error));
  }
}

const refused = (status: number, error: string): EndpointReply => ({ status, body: { error } });

function hasToken(request: EndpointRequest, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ""), digest(`Bearer ${token}`));
}

function parse<Schema extends z.ZodType>(schema: Schema, body: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    throw new RedisError("ERR failed to parse the command");
  }
}

type Encode = (reply: RedisReply) => RedisReply;

function encoderFor({ headers }: EndpointRequest): Encode {
  if (headers["upstash-encoding"] !== "base64") return (reply) => reply;
  const encode: Encode = (reply) => {
    if (typeof reply === "string") return reply === "OK" ? reply : Buffer.from(reply).toString("base64");
    return Array.isArray(reply) ? (reply as readonly RedisReply[]).map(encode) : reply;
  };
  return encode;
}

async function runEach(engine: RedisEngine, commands: readonly string[][], encode: Encode): Promise<unknown[]> {
  const replies: unknown[] = [];
  for (const command of commands) {
    replies.push(outcome(await engine.run(command).catch((error: unknown) => asRedisError(error)), encode));
  }
  return replies;
}

/** A pipeline goes on after a refusal; it ends when the engine is gone. */
function asRedisError(error: unknown): RedisError {
  if (error instanceof RedisError) return error;
  throw error;
}

async function runTransaction(engine: RedisEngine, commands: readonly string[][], encode: Encode): Promise<unknown[]> {
  return (await engine.transaction(commands)).map((reply) => outcome(reply, encode));
}

const outcome = (reply: RedisReply | RedisError, encode: Encode): unknown =>
  reply instanceof RedisError ? { error: reply.message } : { result: encode(reply) };
