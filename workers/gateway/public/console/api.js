/** The one way to the gateway: adds the key, measures, and tells an answer from the lack of one. */

/** @import { Problem } from "../../console.types.ts" */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {boolean} ok
 * @property {unknown} body JSON, or the text when it is not JSON
 * @property {Problem | null} problem the problem document of a refusal
 * @property {boolean} replayed whether it is the stored answer of an earlier request with the same key
 * @property {string} requestId
 * @property {number | null} retryAfterMs
 * @property {number} latencyMs from sending to the last byte, as this browser saw it
 */

/**
 * @typedef {object} CallOptions
 * @property {unknown} [body]
 * @property {string} [idempotencyKey]
 * @property {AbortSignal} [signal]
 * @property {number} [timeoutMs]
 */

/** Nothing came back: whether the server did the work is not known. */
export class MissingAnswerError extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super(cause instanceof DOMException && cause.name === "TimeoutError" ? "It took too long." : "The network or the server is down.", {
      cause,
    });
    this.name = "MissingAnswerError";
  }
}

/** The server refused; `problem` says why. */
export class ProblemError extends Error {
  /** @param {Answer} answer */
  constructor(answer) {
    super(answer.problem?.title ?? `HTTP ${answer.status}`);
    this.name = "ProblemError";
    this.status = answer.status;
    this.problem = answer.problem ?? unknownProblem(answer.status, answer.requestId);
    this.retryAfterMs = answer.retryAfterMs;
  }
}

// The gateway's own deadline is 10 s; whoever waits longer than this waits for nothing.
const defaultTimeoutMs = 15_000;

export class Api {
  #key;
  #onUnauthorized;

  /** @param {{ key: string | null, onUnauthorized?: () => void }} options `onUnauthorized` is told of every 401 */
  constructor({ key, onUnauthorized = () => {} }) {
    this.#key = key;
    this.#onUnauthorized = onUnauthorized;
  }

  /**
   * Sends one request. Refusals are answers; throws MissingAnswerError when none came.
   *
   * @param {string} method
   * @param {string} path
   * @param {CallOptions} [options]
   * @returns {Promise<Answer>}
   */
  async call(method, path, options = {}) {
    const startedMs = performance.now();
    const { response, text } = await exchange(path, { method, ...this.#request(options) });
    if (response.status === 401) this.#onUnauthorized();
    return toAnswer(response, { text, latencyMs: performance.now() - startedMs });
  }

  /**
   * Reads a resource. Throws ProblemError on a refusal, MissingAnswerError when no answer came.
   *
   * @param {string} path
   * @param {CallOptions} [options]
   * @returns {Promise<unknown>}
   */
  async read(path, options = {}) {
    const answer = await this.call("GET", path, options);
    if (!answer.ok) throw new ProblemError(answer);
    return answer.body;
  }

  /** @param {CallOptions} options @returns {RequestInit} */
  #request({ body, idempotencyKey, signal, timeoutMs = defaultTimeoutMs }) {
    const headers = new Headers({ accept: "application/json" });
    if (this.#key !== null) headers.set("authorization", `Bearer ${this.#key}`);
    if (idempotencyKey !== undefined) headers.set("idempotency-key", idempotencyKey);
    if (body !== undefined) headers.set("content-type", "application/json");
    const timeout = AbortSignal.timeout(timeoutMs);
    return {
      headers,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }
}

/** @param {string} path @param {RequestInit} request */
async function exchange(path, request) {
  try {
    const response = await fetch(path, request);
    return { response, text: await response.text() };
  } catch (error) {
    throw new MissingAnswerError(error);
  }
}

/** @param {Response} response @param {{ text: string, latencyMs: number }} measured @returns {Answer} */
function toAnswer(response, { text, latencyMs }) {
  const requestId = response.headers.get("x-request-id") ?? "";
  const body = parseBody(text);
  const retryAfterS = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    status: response.status,
    ok: response.ok,
    body,
    problem: response.ok ? null : isProblem(body) ? body : unknownProblem(response.status, requestId),
    replayed: response.headers.get("idempotent-replayed") === "true",
    requestId,
    retryAfterMs: Number.isFinite(retryAfterS) ? retryAfterS * 1000 : null,
    latencyMs,
  };
}

/** @param {string} text @returns {unknown} */
function parseBody(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param {unknown} body @returns {body is Problem} */
const isProblem = (body) => typeof body === "object" && body !== null && "title" in body && "code" in body;

/** A refusal that no problem document came with: a proxy's, or a broken server's. @param {number} status @param {string} requestId @returns {Problem} */
const unknownProblem = (status, requestId) => ({
  type: "about:blank",
  title: `The server answered ${status}`,
  status,
  code: "unavailable",
  request_id: requestId,
});
