/** What the order actor needs of the Worker that hosts it. */
export interface OrderActorEnv {
  readonly STOCK_ACTOR: DurableObjectNamespace;
  readonly METRICS_ACTOR: DurableObjectNamespace;
  readonly CHAOS_ACTOR: DurableObjectNamespace;
  readonly PAYMENT: Fetcher;
  readonly ORDER_EVENTS: Queue;
  readonly NOTIFICATIONS_QUEUE: Queue;
}
