import { readEvents } from "../events/event-list.ts";

/** What the actors under test sent to their queues, for tests to look at. Delivery is at once, in batches. */
class TestQueues {
  #messages: { readonly queue: string; readonly body: unknown }[] = [];

  reset(): void {
    this.#messages = [];
  }

  /** The events that have arrived from a queue so far. Delivery is asynchronous: `await vi.waitFor(() => expect(...))`. */
  received(queue: "order-events" | "notifications"): readonly unknown[] {
    return this.#messages.filter((message) => message.queue === queue).map((message) => message.body);
  }

  record(batch: MessageBatch): void {
    this.#messages.push(...batch.messages.flatMap(({ body }) => readEvents(body)).map((body) => ({ queue: batch.queue, body })));
  }
}

export const testQueues = new TestQueues();

/** The queue handler of the test Worker. It acknowledges everything to the broker and nothing to the actors. */
export function recordBatch(batch: MessageBatch): void {
  testQueues.record(batch);
}
