/**
 * The name under which QStash knows the gateway. Workers are told it before they listen, and signatures and schedules name it,
 * so it must stay the same when the port does not.
 */
import type { Send } from "./attempt.ts";

export interface PublicAddress {
  /** PUBLIC_BASE_URL: without a slash at the end. */
  readonly url: string;
  /** From now on what is sent to the name goes there. */
  leadTo(baseUrl: string): void;
  /** Sends a request; one to the name, to where it leads. */
  readonly send: Send;
}

/** @param port The gateway's on 127.0.0.1; 0 when it is not known yet. */
export function publicAddress(port: number): PublicAddress {
  const url = port === 0 ? "http://holdfast.localhost" : `http://127.0.0.1:${port}`;
  let target = url;
  return {
    url,
    leadTo: (baseUrl) => void (target = baseUrl),
    send: (request) => fetch(isUnder(url, request.url) ? new Request(target + request.url.slice(url.length), request) : request),
  };
}

const isUnder = (base: string, url: string): boolean => url === base || url.startsWith(`${base}/`);
