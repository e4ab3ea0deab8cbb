/** Both ends of a queue, counted as the platform bills them: per message and 64 KB that is written, read and deleted. */
import { utf8Length } from "./metered-globals.ts";
import { count } from "./tally.ts";

/** Which of a Worker's bindings are which. (They cannot be asked: a stub of another Worker says that it has every method.) */
export interface BindingKinds {
  /** Binding -> queue. */
  readonly queues: Readonly<Record<string, string>>;
  readonly datasets: readonly string[];
}

/** Of the runtime's types, what is used here. */
interface Producer {
  sendBatch(messages: Iterable<{ readonly body: unknown }>, options?: object): Promise<unknown>;
  send(body: unknown, options?: object): Promise<unknown>;
}
interface Dataset {
  writeDataPoint(point: { readonly indexes?: readonly unknown[] }): void;
}
interface Message {
  readonly body: unknown;
  ack(): void;
  retry(options?: object): void;
}
export interface Batch {
  readonly queue: string;
  readonly messages: readonly Message[];
}

/** An operation for each 64 KB, of 1,000 bytes each; a message has about 100 bytes of its own. */
const chunkBytes = 64_000;
const overheadBytes = 100;
export const chunksOf = (bytes: number): number => Math.ceil((bytes + overheadBytes) / chunkBytes);
const operationsOf = (body: unknown): number => chunksOf(utf8Length(JSON.stringify(body)));

/** The bindings with queues and data sets replaced; everything else is as it was. */
export function meterBindings(
  env: Readonly<Record<string, unknown>>,
  { queues, datasets }: BindingKinds,
): Readonly<Record<string, unknown>> {
  const metered = Object.entries(env).map(([binding, value]) => {
    const queue = queues[binding];
    if (queue !== undefined) return [binding, meterProducer(value as Producer, queue)];
    return [binding, datasets.includes(binding) ? meterDataset(value as Dataset) : value];
  });
  return Object.fromEntries(metered) as Readonly<Record<string, unknown>>;
}

function meterProducer(producer: Producer, queue: string): Producer {
  return {
    sendBatch: (messages, options) => {
      const list = [...messages];
      for (const { body } of list) count("queue write", queue, operationsOf(body));
      return producer.sendBatch(list, options);
    },
    send: (body, options) => {
      count("queue write", queue, operationsOf(body));
      return producer.send(body, options);
    },
  };
}

function meterDataset(dataset: Dataset): Dataset {
  return {
    writeDataPoint: (point) => {
      count("data point", String(point.indexes?.[0]));
      dataset.writeDataPoint(point);
    },
  };
}

export function meterBatch({ queue, messages }: Batch): Batch {
  count("queue batch", queue);
  return { queue, messages: messages.map((message) => meterMessage(message, queue)) };
}

function meterMessage(message: Message, queue: string): Message {
  count("queue read", queue, operationsOf(message.body));
  const settle = { ack: "queue delete", retry: "queue retry" } as const;
  return new Proxy(message, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name === "ack" || name === "retry") count(settle[name], queue, operationsOf(target.body));
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
}
