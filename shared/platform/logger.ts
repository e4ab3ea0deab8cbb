/** One JSON object a line on the Worker's console: time, level, service, request_id, correlation_id, duration_ms, message. */
import type { WorkContext } from "./context.ts";

export type ServiceName = "gateway" | "orders" | "inventory" | "payment" | "notifications" | "ops";
type Level = "debug" | "info" | "warn" | "error";
/** snake_case names beside the standard ones; never a secret, never a whole body. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A logger for one piece of work. `context` is absent only for work that no request caused (a sweep, a migration). */
export function createLogger(service: ServiceName, context?: WorkContext): Logger {
  return new ConsoleLogger(service, context);
}

/** A class, since a request makes several: closures of their own would be made with each. */
class ConsoleLogger implements Logger {
  readonly #service: ServiceName;
  readonly #context: WorkContext | undefined;

  constructor(service: ServiceName, context: WorkContext | undefined) {
    this.#service = service;
    this.#context = context;
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  #write(level: Level, message: string, fields: LogFields = {}): void {
    const line = {
      time: new Date().toISOString(),
      level,
      service: this.#service,
      request_id: this.#context?.requestId ?? null,
      correlation_id: this.#context?.correlationId ?? null,
      ...fields,
      message,
    };
    console[level](JSON.stringify(line));
  }
}
