/** QStash's HTTP interface, as far as `@upstash/qstash` uses it for messages, schedules, dead letters and keys. */
import { z } from "zod";
import type { EndpointReply, EndpointRequest } from "../http-endpoint.ts";
import type { Published, PublishRequest, QstashAccount } from "./account.ts";
import { readDeadLetterQuery, readMessageQuery } from "./filters.ts";
import { wireDeadLetter, wireMessage, wireSchedule } from "./message.ts";
import { QstashRequestError } from "./read-job.ts";

interface Call {
  readonly account: QstashAccount;
  /** What the path's pattern has caught, decoded. */
  readonly id: string;
  readonly request: EndpointRequest;
}

type Route = readonly [method: string, path: RegExp, handle: (call: Call) => EndpointReply];

const ok = (body: unknown = {}): EndpointReply => ({ status: 200, body });

const routes: readonly Route[] = [
  ["POST", /^\/v2\/publish\/(.+)$/, ({ account, id, request }) => publishOne(account, toPublish(id, request))],
  ["POST", /^\/v2\/batch$/, ({ account, request }) => ok(account.publish(readBatch(request.body)))],
  ["GET", /^\/v2\/messages\/([^/]+)$/, ({ account, id }) => ok(wireMessage(account.message(id)))],
  ["DELETE", /^\/v2\/messages\/([^/]+)$/, ({ account, id }) => cancelOne(account, id)],
  ["DELETE", /^\/v2\/messages$/, ({ account, request }) => ok({ cancelled: account.cancel(readMessageQuery(request.search)) })],
  ["POST", /^\/v2\/schedules\/(.+)$/, ({ account, id, request }) => postSchedule(account, id, request)],
  ["PATCH", /^\/v2\/schedules\/([^/]+\/(?:pause|resume))$/, ({ account, id }) => pauseOrResume(account, id)],
  ["GET", /^\/v2\/schedules$/, ({ account }) => ok(account.schedules().map(wireSchedule))],
  ["GET", /^\/v2\/schedules\/([^/]+)$/, ({ account, id }) => ok(wireSchedule(account.schedule(id)))],
  ["DELETE", /^\/v2\/schedules\/([^/]+)$/, ({ account, id }) => deleteSchedule(account, id)],
  ["GET", /^\/v2\/dlq$/, ({ account, request }) => listDeadLetters(account, request)],
  ["GET", /^\/v2\/dlq\/([^/]+)$/, ({ account, id }) => ok(wireDeadLetter(oneDeadLetter(account, id)))],
  ["DELETE", /^\/v2\/dlq\/([^/]+)$/, ({ account, id }) => ok({ deleted: account.deleteDeadLetters([oneDeadLetter(account, id)]) })],
  ["DELETE", /^\/v2\/dlq$/, ({ account, request }) => deleteDeadLetters(account, request)],
  ["POST", /^\/v2\/dlq\/retry\/([^/]+)$/, ({ account, id }) => ok(account.retryDeadLetters([oneDeadLetter(account, id)])[0])],
  ["POST", /^\/v2\/dlq\/retry$/, ({ account, request }) => retryDeadLetters(account, request)],
  ["GET", /^\/v2\/keys$/, ({ account }) => ok(account.keys())],
  ["POST", /^\/v2\/keys\/rotate$/, ({ account }) => ok(account.rotateKeys())],
];

/** Answers a request that has shown the token. */
export function answerQstash(account: QstashAccount, request: EndpointRequest): EndpointReply {
  for (const [method, path, handle] of routes) {
    const match = method === request.method ? path.exec(request.path) : null;
    if (match === null) continue;
    try {
      return handle({ account, request, id: match[1] ?? "" });
    } catch (error) {
      if (error instanceof QstashRequestError) return { status: error.status, body: { error: error.message } };
      throw error;
    }
  }
  return { status: 404, body: { error: `${request.method} ${request.path} is not part of the local QStash` } };
}

/** The destination is the rest of the path, its query the request's own. */
function toPublish(destination: string, { search, headers, body }: EndpointRequest): PublishRequest {
  const url = /^https?%3a/i.test(destination) ? decodeURIComponent(destination) : destination + search;
  const texts = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]);
  return { destination: url, headers: Object.fromEntries(texts) as Record<string, string>, body };
}

/** 202 is how the vendor says that it had this message already. */
function publishOne(account: QstashAccount, request: PublishRequest): EndpointReply {
  const [published] = account.publish([request]);
  return { status: published?.deduplicated === true ? 202 : 200, body: published };
}

const batchSchema = z
  .array(z.object({ destination: z.string(), headers: z.record(z.string(), z.string()).default({}), body: z.string().default("") }))
  .min(1);

function readBatch(body: string): PublishRequest[] {
  try {
    const messages = batchSchema.parse(JSON.parse(body));
    return messages.map((message) => ({ ...message, headers: lowerCased(message.headers) }));
  } catch {
    throw new QstashRequestError(400, "the body is no batch of messages");
  }
}

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function cancelOne(account: QstashAccount, id: string): EndpointReply {
  account.message(id);
  return ok({ cancelled: account.cancel(({ messageId }) => messageId === id) });
}

/** `POST /v2/schedules/:id/pause` is what the documents say, PATCH what the client sends. */
function postSchedule(account: QstashAccount, rest: string, request: EndpointRequest): EndpointReply {
  if (/^[^/]+\/(pause|resume)$/.test(rest)) return pauseOrResume(account, rest);
  return ok(account.putSchedule(toPublish(rest, request)));
}

function pauseOrResume(account: QstashAccount, rest: string): EndpointReply {
  const [id = "", verb] = rest.split("/");
  account.pauseSchedule(id, verb === "pause");
  return ok();
}

function deleteSchedule(account: QstashAccount, id: string): EndpointReply {
  account.deleteSchedule(id);
  return ok();
}

function oneDeadLetter(account: QstashAccount, id: string) {
  const [letter] = account.deadLetters(({ dlqId }) => dlqId === id);
  if (letter === undefined) throw new QstashRequestError(404, `message ${id} not found in the DLQ`);
  return letter;
}

function pageOfDeadLetters(account: QstashAccount, request: EndpointRequest) {
  const { matches, count, cursor } = readDeadLetterQuery(request.search);
  const all = account.deadLetters(matches);
  const from = cursor === null ? 0 : all.findIndex(({ dlqId }) => dlqId === cursor) + 1;
  const letters = all.slice(from, from + count);
  const last = from + count < all.length ? letters.at(-1) : undefined;
  return { letters, rest: last === undefined ? {} : { cursor: last.dlqId } };
}

function listDeadLetters(account: QstashAccount, request: EndpointRequest): EndpointReply {
  const { letters, rest } = pageOfDeadLetters(account, request);
  return ok({ messages: letters.map(wireDeadLetter), ...rest });
}

function deleteDeadLetters(account: QstashAccount, request: EndpointRequest): EndpointReply {
  const { letters, rest } = pageOfDeadLetters(account, request);
  return ok({ deleted: account.deleteDeadLetters(letters), ...rest });
}

function retryDeadLetters(account: QstashAccount, request: EndpointRequest): EndpointReply {
  const { letters, rest } = pageOfDeadLetters(account, request);
  const responses: Published[] = account.retryDeadLetters(letters);
  return ok({ responses, ...rest });
}
