/** Queue batches for tests, and what became of their messages. */

export interface FakeMessage extends Message {
  /** What the consumer decided; undefined while it has not. The first decision counts, as on the platform. */
  settled: { readonly kind: "ack" } | { readonly kind: "retry"; readonly delaySeconds: number | undefined } | undefined;
}

export function fakeMessage(body: unknown, options: { readonly id?: string; readonly attempts?: number } = {}): FakeMessage {
  const message: FakeMessage = {
    id: options.id ?? `message-${++messages}`,
    timestamp: new Date(0),
    attempts: options.attempts ?? 1,
    body,
    settled: undefined,
    ack: () => {
      message.settled ??= { kind: "ack" };
    },
    retry: (retry) => {
      message.settled ??= { kind: "retry", delaySeconds: retry?.delaySeconds };
    },
  };
  return message;
}

let messages = 0;

/** A batch of these messages. `ackAll` and `retryAll` are defects: a consumer settles each message by itself. */
export function fakeBatch(queue: string, batch: readonly FakeMessage[]): MessageBatch {
  const forbidden = (): never => {
    throw new Error("Settle each message by itself");
  };
  return { queue, messages: batch, metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } }, ackAll: forbidden, retryAll: forbidden };
}
