/** An HTTP server that checks what QStash sends with the official Receiver, as a user's would. */
import { Receiver } from "@upstash/qstash";
import { openEndpoint } from "../../http-endpoint.ts";
import type { LocalQstash } from "../open-qstash.ts";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Whether the Receiver took its signature, for this URL and body. */
  readonly signed: boolean;
}

export interface TestReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** What it answers, next first; 200 when there is nothing left. */
  readonly answers: number[];
}

/** @param qstash Whose keys it trusts, as they are when it is opened. */
export async function openReceiver(qstash: LocalQstash): Promise<TestReceiver> {
  const { current, next } = qstash.signingKeys();
  const receiver = new Receiver({ currentSigningKey: current, nextSigningKey: next, devMode: false });
  const received: Received[] = [];
  const answers: number[] = [];
  const endpoint = await openEndpoint(
    async ({ method, path, search, body, headers }) => {
      const request = { signature: String(headers["upstash-signature"]), body, url: `${endpoint.url}${path}${search}` };
      const signed = await receiver.verify(request).catch(() => false);
      received.push({ method, path: path + search, body, headers, signed });
      const status = answers.shift() ?? 200;
      return { status, body: { answered: status } };
    },
    { port: 0 },
  );
  return { url: endpoint.url, received, answers, [Symbol.asyncDispose]: () => endpoint.stop() };
}
