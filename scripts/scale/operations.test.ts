import { describe, expect, test } from "vitest";
import {
  addTallies,
  billedRowsWritten,
  detailsOf,
  onlyMetrics,
  orderInvocations,
  queueOperations,
  sumOf,
  tallySince,
  withoutMetrics,
} from "./operations.ts";

const tally = {
  "row written/OrderActor": 10,
  "row written/StockActor": 3,
  "row written/MetricsActor": 7,
  "alarm set/OrderActor": 2,
  "data point/http_requests_total": 4,
  "waited ms/OrderActor": 1_000,
  "object request/OrderActor.placeOrder": 1,
  "object request/MetricsActor.record": 5,
};

describe("tallies", () => {
  test("are added key by key", () => {
    expect(addTallies({ "row read/A": 1, "row read/B": 2 }, { "row read/B": 3, "row read/C": 4 })).toEqual({
      "row read/A": 1,
      "row read/B": 5,
      "row read/C": 4,
    });
  });

  test("since another one: what was added, and nothing that stood still", () => {
    expect(tallySince({ "row read/A": 1, "row read/B": 2 }, { "row read/A": 4, "row read/B": 2, "row read/C": 1 })).toEqual({
      "row read/A": 3,
      "row read/C": 1,
    });
  });

  test("are summed by meter, of the details that are meant", () => {
    expect(sumOf(tally, "row written")).toBe(20);
    expect(sumOf(tally, "row written", (detail) => detail === "StockActor")).toBe(3);
    expect(detailsOf(tally, "row written").map(([detail]) => detail)).toEqual(["MetricsActor", "OrderActor", "StockActor"]);
  });

  test("fall into what metrics cost and everything else", () => {
    const [metrics, rest] = [onlyMetrics(tally), withoutMetrics(tally)];
    expect(addTallies(metrics, rest)).toEqual(tally);
    expect(Object.keys(rest)).toEqual([
      "row written/OrderActor",
      "row written/StockActor",
      "alarm set/OrderActor",
      "object request/OrderActor.placeOrder",
    ]);
  });
});

describe("what is billed", () => {
  test("an alarm that is set is a row written", () => {
    expect(billedRowsWritten(tally, (detail) => detail === "OrderActor")).toBe(12);
  });

  test("a queue's operations are writes, reads and deletes, and a read more for each retry", () => {
    const queue = { "queue write/q": 2, "queue read/q": 3, "queue delete/q": 2, "queue retry/q": 1, "queue batch/q": 2 };
    expect(queueOperations(queue)).toBe(7);
  });

  test("every request of a Worker or an object, and every call of a binding, is an invocation", () => {
    expect(orderInvocations({ "worker request/gateway": 1, "service call/P.charge": 2, "object request/O.x": 4, "queue batch/q": 9 })).toBe(
      7,
    );
  });
});
