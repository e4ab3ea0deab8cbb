/**
 * The idempotency record. An Idempotency-Key names this actor, so the record is where the work is: there is no second
 * store that could fall out of step, and the same key on another path still meets the first request.
 */
import type { BeginRequestReply, IdempotentRequest, StoredReply } from "../../shared/contracts/rpc.ts";

export interface StoredRequest {
  readonly request: IdempotentRequest;
  readonly startedAtMs: number;
  /** Of an order: null also while that has not changed since it settled (`kept-answer.ts`). */
  readonly reply: StoredReply | null;
}

export class RequestStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(name: string): StoredRequest | null {
    const row = this.#sql.exec("SELECT * FROM requests WHERE name = ?", name).toArray()[0];
    if (row === undefined) return null;
    return {
      request: { method: String(row["method"]), path: String(row["path"]), body: String(row["body"]) },
      startedAtMs: Number(row["started_at_ms"]),
      reply: row["reply"] === null ? null : { status: Number(row["status"]), body: String(row["reply"]) },
    };
  }

  /** Writes the request as begun; a later begin of the same request renews its lease. */
  begin(name: string, { method, path, body }: IdempotentRequest, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO requests (name, method, path, body, started_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET started_at_ms = excluded.started_at_ms`,
      ...[name, method, path, body, nowMs],
    );
  }

  /**
   * Writes the request that places an order. @returns The number of its row, and the order's.
   * @throws Error when there is a request of that name already: it is not this order's.
   */
  place(name: string, { method, path, body }: IdempotentRequest, nowMs: number): number {
    const insert = "INSERT INTO requests (name, method, path, body, started_at_ms) VALUES (?, ?, ?, ?, ?) RETURNING id";
    return Number(this.#sql.exec(insert, name, method, path, body, nowMs).one()["id"]);
  }

  /** The first answer stays: a second one (of a run that was thought dead) changes nothing. */
  finish(name: string, reply: StoredReply): void {
    this.#sql.exec("UPDATE requests SET status = ?, reply = ? WHERE name = ? AND reply IS NULL", reply.status, reply.body, name);
  }

  /** The same request may run again at once. Another one may not: the work may have been done though it was not answered. */
  abandon(name: string): void {
    this.#sql.exec("UPDATE requests SET started_at_ms = 0 WHERE name = ? AND reply IS NULL", name);
  }
}

/**
 * What a request that meets the stored one is told. A mismatch is looked for first, so that another request never gets
 * this one's answer or waits for it.
 */
export function meet(
  stored: StoredRequest | null,
  request: IdempotentRequest,
  leaseEndsAtMs: (startedAtMs: number) => number,
  nowMs: number,
): BeginRequestReply {
  if (stored === null) return { kind: "run" };
  const fields = differingFields(stored.request, request);
  if (fields.length > 0) return { kind: "mismatch", fields };
  if (stored.reply !== null) return { kind: "replay", reply: stored.reply };
  return nowMs < leaseEndsAtMs(stored.startedAtMs) ? { kind: "running" } : { kind: "run" };
}

/**
 * `method` and `path`, each when it is not the same; else `body.<member>` for each that is not. The bodies of two operations have
 * nothing to do with each other. Bodies are canonical JSON.
 */
export function differingFields(first: IdempotentRequest, second: IdempotentRequest): readonly string[] {
  const fields = (["method", "path"] as const).filter((field) => first[field] !== second[field]);
  if (fields.length > 0 || first.body === second.body) return fields;
  return differingMembers(first.body, second.body);
}

function differingMembers(first: string, second: string): readonly string[] {
  const [one, other] = [membersOf(first), membersOf(second)];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return names.filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name])).map((name) => `body.${name}`);
}

function membersOf(body: string): Record<string, unknown> {
  const value: unknown = JSON.parse(body);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : { value };
}
