/**
 * A small HTTP server on 127.0.0.1 that can go away and come back on the same port, or hang: what a database or a cache
 * behind HTTP does when it fails. Keep-alive connections never time out on our side, because a client that picks one up
 * at the moment it is closed sees a failure that production does not have.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Bytes a request's body may have; Neon's own limit. */
const maxBodyBytes = 64 * 1024 * 1024;

export interface EndpointRequest {
  readonly method: string;
  readonly path: string;
  /** The query with its question mark, or nothing. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface EndpointReply {
  readonly status: number;
  /** Written as JSON. */
  readonly body: unknown;
  /** Beside the content's type and length. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Answers one request. What it throws is answered with 500 and the error's text. */
export type EndpointHandler = (request: EndpointRequest) => Promise<EndpointReply>;

export interface LocalEndpoint {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** Closes the port and every connection. Does nothing when it is stopped. */
  stop(): Promise<void>;
  /** Opens the same port again and ends a pause. Does nothing when it is running. */
  start(): Promise<void>;
  /** From now on requests are taken and not answered, until `start` or `stop`. */
  pause(): void;
}

/**
 * @param handler Answers the requests.
 * @param options.port Port on 127.0.0.1; 0 takes a free one and keeps it.
 * @throws When the port is taken (`EADDRINUSE`).
 */
export async function openEndpoint(handler: EndpointHandler, options: { readonly port: number }): Promise<LocalEndpoint> {
  const gate = new Gate();
  const listener = (request: IncomingMessage, response: ServerResponse): void => void serve({ handler, gate, request, response });
  let server: Server | undefined = await listen(listener, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pause: () => gate.close(),
    async start() {
      gate.open();
      server ??= await listen(listener, port);
    },
    async stop() {
      const stopping = server;
      server = undefined;
      gate.open();
      if (stopping !== undefined) await close(stopping);
    },
  };
}

/** Holds requests back while it is closed. */
class Gate {
  #passed: Promise<void> = Promise.resolve();
  #release: () => void = () => undefined;
  #closed = false;

  get passed(): Promise<void> {
    return this.#passed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#passed = new Promise((resolve) => (this.#release = resolve));
  }

  open(): void {
    this.#closed = false;
    this.#release();
  }
}

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => void, port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Exchange {
  readonly handler: EndpointHandler;
  readonly gate: Gate;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve({ handler, gate, request, response }: Exchange): Promise<void> {
  const reply: EndpointReply = await answer({ handler, gate, request, response }).catch((error: unknown) => ({
    status: 500,
    body: { error: String(error) },
  }));
  if (response.destroyed) return;
  const text = JSON.stringify(reply.body);
  const content = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  response.writeHead(reply.status, { ...reply.headers, ...content }).end(text);
}

async function answer({ handler, gate, request }: Exchange): Promise<EndpointReply> {
  const body = await readBody(request);
  if (body === undefined) return { status: 413, body: { message: `The body is larger than ${maxBodyBytes} bytes` } };
  await gate.passed;
  const { pathname: path, search } = new URL(request.url ?? "/", "http://local");
  return handler({
    method: request.method ?? "GET",
    path,
    search,
    headers: request.headers,
    body,
  });
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
