/**
 * The filters of lists and bulk actions. One that is not known is refused: to ignore it would let a deletion reach everything.
 */
import type { DeadLetter, Message } from "./message.ts";
import { QstashRequestError } from "./read-job.ts";

/** Entries of a page when the caller does not say. */
const defaultCount = 100;

type Matcher = (message: Message, values: readonly string[]) => boolean;

const messageFilters: Readonly<Record<string, Matcher>> = {
  messageId: ({ messageId }, values) => values.includes(messageId),
  messageIds: ({ messageId }, values) => values.includes(messageId),
  url: ({ url }, values) => values.includes(url),
  scheduleId: ({ scheduleId }, values) => scheduleId !== null && values.includes(scheduleId),
  label: ({ label }, values) => label?.split(",").some((one) => values.includes(one)) === true,
  fromDate: ({ createdAtMs }, values) => createdAtMs >= Number(values[0]),
  toDate: ({ createdAtMs }, values) => createdAtMs <= Number(values[0]),
};

/** For a cancellation; `count` is ignored, as the vendor ignores it. @throws QstashRequestError 400. */
export function readMessageQuery(search: string): (message: Message) => boolean {
  const query = parametersOf(search, ["count"]);
  return (message) => matchesAll(message, query);
}

export interface DeadLetterQuery {
  readonly matches: (letter: DeadLetter) => boolean;
  readonly count: number;
  /** The last one of the page before. */
  readonly cursor: string | null;
}

/** @throws QstashRequestError 400. */
export function readDeadLetterQuery(search: string): DeadLetterQuery {
  const parameters = new URLSearchParams(search);
  const count = Number(parameters.get("count") ?? defaultCount);
  if (!Number.isInteger(count) || count < 1) throw new QstashRequestError(400, "count is not a number of messages");
  const dlqIds = parameters.getAll("dlqIds");
  const statuses = parameters.getAll("responseStatus").map(Number);
  const query = parametersOf(search, ["count", "cursor", "dlqIds", "responseStatus"]);
  return {
    count,
    cursor: parameters.get("cursor"),
    matches: ({ dlqId, message, response }) =>
      (dlqIds.length === 0 || dlqIds.includes(dlqId)) &&
      (statuses.length === 0 || statuses.includes(response.status)) &&
      matchesAll(message, query),
  };
}

/** Values of one filter are alternatives. */
type Query = ReadonlyMap<string, readonly string[]>;

function parametersOf(search: string, others: readonly string[]): Query {
  const parameters = new URLSearchParams(search);
  const names = [...new Set(parameters.keys())].filter((name) => !others.includes(name));
  const unknown = names.find((name) => !Object.hasOwn(messageFilters, name));
  if (unknown !== undefined) throw new QstashRequestError(400, `filter ${unknown} is not supported by the local QStash`);
  return new Map(names.map((name) => [name, parameters.getAll(name)]));
}

/** Different filters must all hold. */
const matchesAll = (message: Message, query: Query): boolean =>
  [...query].every(([name, values]) => messageFilters[name]?.(message, values) === true);
