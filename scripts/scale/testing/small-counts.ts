/** Counts so small that a person can multiply them. */
import type { Counts, JourneyCount } from "../count-orders.ts";

const sold: JourneyCount = {
  tally: {
    "worker request/gateway": 1,
    "service call/PaymentService.charge": 1,
    "object request/OrderActor.placeOrder": 1,
    "object request/OrderActor.acknowledgeEvents": 2,
    "object request/StockActor.reserve": 1,
    "row written/OrderActor": 9,
    "alarm set/OrderActor": 1,
    "row written/StockActor": 3,
    "row read/OrderActor": 5,
    "row read/StockActor": 2,
    "queue write/order-events": 2,
    "queue read/order-events": 2,
    "queue delete/order-events": 2,
    "queue batch/order-events": 1,
    "queue write/notifications": 1,
    "queue read/notifications": 1,
    "queue delete/notifications": 1,
    "queue batch/notifications": 1,
    "postgres round trip/orders": 1,
    "postgres round trip/notifications": 1,
    "postgres statement/orders": 5,
    "postgres statement/notifications": 1,
    "postgres row written/orders": 8,
    "log line/gateway": 1,
    "log line/orders": 2,
    "log byte/gateway": 300,
    "log byte/orders": 700,
  },
  objects: 1,
  objectBytes: 40_000,
};

export const smallCounts: Counts = {
  journeys: { sold, "two lines": sold, "out of stock": sold, declined: sold, cancelled: sold },
  loneMetrics: {
    "object request/MetricsActor.record": 4,
    "data point/http_requests_total": 12,
    "row written/MetricsActor": 14,
    "waited ms/OrderActor": 1_000,
    "waited ms/MetricsActor": 1_000,
  },
  postgresBytesPerOrder: 2_000,
  audit: { orders: 2, tally: { "object request/OrderActor.auditOrders": 2, "row read/OrderActor": 6 } },
  pooled: {
    tally: { "row written/OrderActor": 5, "object request/OrderActor.placeOrder": 1 },
    hostBytesPerOrder: 4_000,
    stockBytesPerOrder: 100,
    auditLook: { sums: 2, hold: 1 },
  },
  queues: {
    "order-events": { maxBatchSize: 100, maxBatchTimeout: 1 },
    notifications: { maxBatchSize: 100, maxBatchTimeout: 1 },
    "notifications-dlq": { maxBatchSize: 100, maxBatchTimeout: 1 },
  },
};
