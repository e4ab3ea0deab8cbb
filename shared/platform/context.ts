import type { GremlinRule } from "../contracts/chaos.ts";

/** What travels with a piece of work from the gateway to the last consumer. */
export interface WorkContext {
  /** X-Request-Id of the request that caused the work. */
  readonly requestId: string;
  /** The same for all work one journey causes, from gateway to webhook. */
  readonly correlationId: string;
  /** Only with CHAOS=on: what the request's X-Gremlin header let loose on it. Never kept: it ends with the request's answer. */
  readonly gremlins?: readonly GremlinRule[];
}
