/**
 * QStash on one machine, for the real `@upstash/qstash`: publish, delay, retries with the vendor's backoff, callbacks,
 * deduplication, schedules, signatures, dead letters. Publishing to URL groups and to queues, flow control and the log are
 * not part of it, and are refused. https://upstash.com/docs/qstash
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { openEndpoint, type EndpointReply, type EndpointRequest, type LocalEndpoint } from "../http-endpoint.ts";
import { QstashAccount } from "./account.ts";
import type { Send } from "./attempt.ts";
import { systemClock, type Clock } from "./clock.ts";
import { QstashEngine } from "./engine.ts";
import { answerQstash } from "./routes.ts";
import { QstashStore, type SigningKeys } from "./store.ts";

export interface QstashOptions {
  /** The SQLite file that holds all of it. `:memory:` forgets. */
  readonly path: string;
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Default: the real one. */
  readonly clock?: Clock;
  /** Default: `fetch`. */
  readonly send?: Send;
}

/** `stop` and `pause` end deliveries too, `start` begins them again. */
export interface LocalQstash extends LocalEndpoint {
  readonly token: string;
  /** The keys as they are now; rotating changes them. */
  signingKeys(): SigningKeys;
  /** Begins to deliver: whoever receives is there. Until then messages are only taken. */
  deliver(): void;
  /** Publishes every schedule's message once, now, and waits for it. @returns How many schedules there are. */
  fireSchedules(): Promise<number>;
  /** Resolves when nothing is due and nothing is under way. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** @throws When the port is taken or the file cannot be used. */
export async function openQstash({
  path,
  port,
  clock = systemClock,
  send = (request) => fetch(request),
}: QstashOptions): Promise<LocalQstash> {
  const store = new QstashStore(path);
  const engine = new QstashEngine({ store, clock, send });
  const account = new QstashAccount({ store, engine, clock });
  const token = store.token();
  try {
    const endpoint = await openEndpoint((request) => Promise.resolve(answer({ account, token }, request)), { port });
    return describe({ endpoint, engine, store, token });
  } catch (error) {
    store.close();
    throw error;
  }
}

function answer({ account, token }: { account: QstashAccount; token: string }, request: EndpointRequest): EndpointReply {
  if (!hasToken(request, token)) return { status: 401, body: { error: "unauthorized: invalid or missing token" } };
  return answerQstash(account, request);
}

function hasToken({ headers }: EndpointRequest, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${token}`));
}

interface Parts {
  readonly endpoint: LocalEndpoint;
  readonly engine: QstashEngine;
  readonly store: QstashStore;
  readonly token: string;
}

function describe({ endpoint, engine, store, token }: Parts): LocalQstash {
  let delivers = false;
  const stop = async (): Promise<void> => {
    await Promise.all([endpoint.stop(), engine.stop()]);
  };
  return {
    port: endpoint.port,
    url: endpoint.url,
    token,
    signingKeys: () => store.signingKeys(),
    deliver() {
      delivers = true;
      engine.start();
    },
    async fireSchedules() {
      const schedules = store.schedules();
      for (const schedule of schedules) engine.fire(schedule);
      engine.wake();
      await engine.settled();
      return schedules.length;
    },
    settled: () => engine.settled(),
    stop,
    async start() {
      await endpoint.start();
      if (delivers) engine.start();
    },
    pause() {
      endpoint.pause();
      void engine.stop();
    },
    async close() {
      await stop();
      store.close();
    },
  };
}
