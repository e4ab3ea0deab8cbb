/**
 * "Idempotency on the wire" for every POST but the placing of an order (whose actor does it itself): the record is kept by
 * the actor that the principal and the key name, and the operation runs at most once to an answer below 500.
 */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { BeginRequestReply, IdempotentRequest, OrderActorApi, StoredReply } from "../../shared/contracts/rpc.ts";
import { canonicalJson } from "../../shared/platform/canonical-json.ts";
import { idempotencyName } from "../../shared/platform/ids.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { keepAlive, type GatewayContext } from "./hono.ts";
import type { GatewayPorts } from "./ports.ts";
import type { ProblemExtras } from "../../shared/errors/problem.ts";
import { passing, ProblemError, problemText, retryAfterSeconds } from "./problem-error.ts";

/** Time kept back from the deadline, to say in order what became of the request, ms. */
export const answerMarginMs = 1_000;
/** Waits between two looks at a request that is still running, ms: a call each, of the 32 that a request may make. */
const pollDelaysMs = [50, 100, 200, 400, 800, 1_000] as const;

/**
 * What an operation answers. Refusals are thrown as ProblemError. 202 says that the work is still under way: it is no final
 * answer and is not kept, so the same request asks again, and is told how things stand then.
 */
export interface Outcome {
  readonly status: 200 | 201 | 202;
  readonly body: object;
}

/** What the operation may use: the name, for ids that are the same each time it runs. */
export type IdempotentOperation = (name: string) => Promise<Outcome>;

export interface IdempotentWork {
  readonly ports: GatewayPorts;
  readonly run: IdempotentOperation;
  /**
   * Where to look for what the request is about. It follows from the request alone, so that a replay, which is a status and
   * a body, has it too.
   */
  readonly location?: string;
}

/**
 * Runs the operation under the request's Idempotency-Key, or gives the answer that the first run got. The operation must
 * itself be repeatable: a crash between its end and the keeping of its answer makes it run again, and so does a 202.
 *
 * @throws ProblemError `idempotency_mismatch`, `request_in_progress`, `duplicate_request`, and what the operation throws.
 */
export async function idempotently(c: GatewayContext, { ports, run, location }: IdempotentWork): Promise<Response> {
  const name = await nameOf(c);
  const actor = ports.orderActor(name);
  const begun = await beginWhenFree(actor, { name, request: requestOf(c), ports, untilMs: c.get("deadlineAtMs") - answerMarginMs });
  switch (begun.kind) {
    case "mismatch":
      throw mismatchError(begun.fields);
    case "running":
      throw new ProblemError("request_in_progress");
    case "replay":
      return replay(c, { reply: begun.reply, location, policy: ports.settings.duplicatePolicy });
    case "run": {
      const work = runAndKeep(c, { actor, name, run });
      keepAlive(c, work);
      return responseOf(c, { reply: await work, location });
    }
  }
}

/** How long an actor may wait before it answers, ms: below the deadline, so that slow work answers 202 and not 503. */
export const waitMsFor = (c: GatewayContext, nowMs: number): number => Math.max(0, c.get("deadlineAtMs") - nowMs - answerMarginMs);

/** The name under which this principal's key is known. */
export const nameOf = (c: GatewayContext): Promise<string> => idempotencyName(c.get("principal").id, c.get("idempotencyKey"));

/** The request as far as its identity is concerned; the body as it was sent, not as it was understood. */
export const requestOf = (c: GatewayContext): IdempotentRequest => ({
  method: c.req.method,
  path: c.req.path,
  body: canonicalJson(c.get("sentBody")),
});

/** 422, with the fields in which the two requests differ. */
export const mismatchError = (fields: readonly string[]): ProblemError =>
  new ProblemError("idempotency_mismatch", {
    errors: fields.map((field) => ({ field, message: "Differs from the first request with this key" })),
  });

interface BeginOptions {
  readonly name: string;
  readonly request: IdempotentRequest;
  readonly ports: Pick<GatewayPorts, "now" | "sleep">;
  readonly untilMs: number;
}

async function beginWhenFree(actor: OrderActorApi, { name, request, ports, untilMs }: BeginOptions): Promise<BeginRequestReply> {
  for (let polls = 0; ; polls += 1) {
    const begun = await actor.beginRequest({ name, request });
    const delayMs = pollDelaysMs[Math.min(polls, pollDelaysMs.length - 1)] ?? 0;
    if (begun.kind !== "running" || ports.now() + delayMs > untilMs) return begun;
    await ports.sleep(delayMs);
  }
}

interface RunOptions {
  readonly actor: OrderActorApi;
  readonly name: string;
  readonly run: IdempotentOperation;
}

async function runAndKeep(c: GatewayContext, { actor, name, run }: RunOptions): Promise<StoredReply> {
  try {
    const reply = await replyOf(c, run(name));
    if (isFinal(reply)) await actor.finishRequest({ name, reply });
    else await freeKey(c, { actor, name });
    return reply;
  } catch (error) {
    await freeKey(c, { actor, name });
    throw error;
  }
}

/** A refusal is an answer and is kept, unless it passes; a failure is not. */
async function replyOf(c: GatewayContext, outcome: Promise<Outcome>): Promise<StoredReply> {
  try {
    const { status, body } = await outcome;
    return { status, body: JSON.stringify(body) };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status >= 500 || passing.has(error.code)) throw error;
    c.get("accessLine").code = error.code;
    return { status: error.status, body: problemText(error, c.get("work").requestId) };
  }
}

/** When this fails too, the record's lease frees the key. */
async function freeKey(c: GatewayContext, { actor, name }: Pick<RunOptions, "actor" | "name">): Promise<void> {
  await actor.abandonRequest({ name }).catch((error: unknown) => {
    createLogger("gateway", c.get("work")).warn("idempotency key could not be freed", { error: describeError(error) });
  });
}

const isFinal = ({ status }: StoredReply): boolean => status !== 202;

interface ReplyToSend {
  readonly reply: StoredReply;
  readonly location: string | undefined;
}

function replay(c: GatewayContext, { policy, ...sent }: ReplyToSend & { policy: "replay" | "reject" }): Response {
  if (policy === "reject") throw duplicateError(sent.location);
  c.header("Idempotent-Replayed", "true");
  c.get("accessLine").replayed = true;
  return responseOf(c, sent);
}

/** 409 for DUPLICATE_POLICY=reject, with a link to what the first request was about. */
export const duplicateError = (location: string | undefined, extras: ProblemExtras = {}): ProblemError =>
  new ProblemError("duplicate_request", {
    ...extras,
    ...(location !== undefined && { headers: { Location: location, Link: `<${location}>; rel="related"` } }),
  });

function responseOf(c: GatewayContext, { reply: { status, body }, location }: ReplyToSend): Response {
  const isProblem = status >= 400;
  if (!isProblem && location !== undefined) c.header("Location", location);
  if (status === 202) c.header("Retry-After", String(retryAfterSeconds));
  return c.body(body, status as ContentfulStatusCode, { "Content-Type": isProblem ? "application/problem+json" : "application/json" });
}
