/** A Worker's handlers and entrypoints with counters around them. The entry that is bundled for each Worker is made of these. */
import { meterMethods, type Control } from "./metered-actor.ts";
import { meterBatch, type Batch } from "./metered-queue.ts";
import { count } from "./tally.ts";

type Handler = (event: unknown, env: unknown, ctx: unknown) => unknown;
type Handlers = Readonly<Record<string, Handler>>;

/**
 * A batch that carries this text waits first, as long as batches do on the platform (`max_batch_timeout` is a second): its metrics are
 * then flushed apart from those of the work that sent it.
 */
export const slowMark = "metered apart";
const slowMs = 1_500;

/** A request with this header is answered at once and counts as nothing: whoever has the answer knows that the runtime has had its turn. */
export const turnHeader = "x-meter-turn";

/** @param worker The Worker's name. */
export function meterHandlers(handlers: Handlers, worker: string): Handlers {
  const around: Record<string, (handler: Handler) => Handler> = {
    fetch: (handler) => meterFetchHandler(handler, worker),
    queue: (handler) => meterQueueHandler(handler),
    scheduled: (handler) => (event, env, ctx) => {
      count("cron run", worker);
      return handler(event, env, ctx);
    },
  };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, around[name]?.(handler) ?? handler]));
}

/** Calls of a service binding are not billed as requests, but each is an invocation, and has its line in the log. */
export function meterEntrypoint<Class extends { readonly name: string; readonly prototype: object }>(Class: Class): Class {
  meterMethods(Class.prototype as Record<string, unknown>, (method) => count("service call", `${Class.name}.${method}`));
  return Class;
}

function meterFetchHandler(handler: Handler, worker: string): Handler {
  return (event, env, ctx) => {
    const request = event as Request;
    if (request.headers.has(turnHeader)) return new Response(null, { status: 204 });
    const control = request.headers.get("x-meter-control");
    if (control !== null) return controlActor(env as Namespaces, JSON.parse(control) as ControlRequest);
    count("worker request", worker);
    return handler(request, env, ctx);
  };
}

export interface ControlRequest {
  /** Of the object's namespace, in the Worker that is asked. */
  readonly binding: string;
  /** In hex. */
  readonly id: string;
  readonly control: Control;
}
type Namespaces = Readonly<
  Record<string, { idFromString(id: string): object; get(id: object): { meterControl(control: Control): Promise<number> } }>
>;

async function controlActor(env: Namespaces, { binding, id, control }: ControlRequest): Promise<Response> {
  const namespace = env[binding];
  if (namespace === undefined) return new Response(`There is no binding ${binding}`, { status: 404 });
  try {
    return Response.json(await namespace.get(namespace.idFromString(id)).meterControl(control));
  } catch (error) {
    // An object that is evicted answers nobody any more.
    return control.command === "evict" ? Response.json(0) : new Response(String(error), { status: 500 });
  }
}

function meterQueueHandler(handler: Handler): Handler {
  return async (event, env, ctx) => {
    const batch = event as Batch;
    if (JSON.stringify(batch.messages.map(({ body }) => body)).includes(slowMark)) {
      await new Promise((resolve) => setTimeout(resolve, slowMs));
    }
    await handler(meterBatch(batch), env, ctx);
  };
}
