/** The types every middleware and route of the gateway shares, and the router with its validation hook. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import type { OrderStatus } from "../../shared/contracts/order.ts";
import type { ProblemCode } from "../../shared/errors/codes.ts";
import type { WorkContext } from "../../shared/platform/context.ts";
import type { Principal } from "./middleware/authenticate.ts";
import { refuseInvalid } from "./middleware/refuse-invalid.ts";

/** What a request's line in the log says beside method, path, status and duration. Filled in by whoever finds it out. */
export interface AccessLine {
  /** The order that the request placed, changed or would have; there also when it was never answered. */
  order_id?: string;
  /** How the order stood when the request was answered. */
  order_status?: OrderStatus;
  /** Why the order failed. */
  failure?: string;
  /** The answer is that of a request before. */
  replayed?: true;
  /** Why the request was refused. Not there when the refusal is replayed. */
  code?: ProblemCode;
}

export interface GatewayHonoEnv {
  Variables: {
    /** Request id and correlation id. Set by `frameRequest`, on every request. */
    work: WorkContext;
    /** Set by `frameRequest`, on every request. */
    accessLine: AccessLine;
    /** The answer stands and its line is written, though the work goes on. Set by `frameRequest` when the deadline has passed. */
    isOver: true | undefined;
    /** When the gateway answers 503, ms since 1970. Set by `frameRequest`, on every request. */
    deadlineAtMs: number;
    /** Who asks. Set by `authenticate`, under /v1. */
    principal: Principal;
    /** What an answer says of caches when it says nothing of its own. Set by `noStore`. */
    cacheControl: string | undefined;
    /** Set by `requireIdempotencyKey`. */
    idempotencyKey: string;
    /** The parsed body as it was sent, before validation. Set by `readJsonBody`. */
    sentBody: unknown;
  };
}

export type GatewayContext = Context<GatewayHonoEnv>;
export type GatewayMiddleware = MiddlewareHandler<GatewayHonoEnv>;
/** What a middleware is given: a context of a path that is not known. */
export type MiddlewareContext = Parameters<GatewayMiddleware>[0];
export type GatewayApp = OpenAPIHono<GatewayHonoEnv>;

/** A router whose schema failures become problem documents. */
export const createRouter = (): GatewayApp => new OpenAPIHono<GatewayHonoEnv>({ defaultHook: refuseInvalid });

/**
 * Keeps the Worker alive for work that must end although the response has been sent or the client has gone.
 * The work handles its own errors; one that escapes is dropped here, since nobody waits for it.
 */
export function keepAlive(c: Context, work: Promise<unknown>): void {
  const settled = work.catch(() => undefined);
  executionContextOf(c)?.waitUntil(settled);
}

/** undefined where there is no Workers runtime (tests in Node): hono's getter throws there. */
export function executionContextOf(c: Context): Pick<ExecutionContext, "waitUntil"> | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
