import { describe, expect, test } from "vitest";
import { fakeApp, problemOf, send } from "../testing/fake-ports.ts";

const line = { sku: "PROD-1", quantity: 1 };
const order = { items: [line], payment_method: "pm_card_visa" };

describe("refuseInvalid", () => {
  test.each([
    ["not an object", [], ["body"]],
    ["null", null, ["body"]],
    ["nothing in it", {}, ["items", "payment_method"]],
    ["no lines", { ...order, items: [] }, ["items"]],
    ["101 lines", { ...order, items: Array.from({ length: 101 }, () => line) }, ["items"]],
    ["a line that is not one", { ...order, items: ["PROD-1"] }, ["items.0"]],
    ["no quantity", { ...order, items: [{ sku: "PROD-1" }] }, ["items.0.quantity"]],
    ["quantity 0", { ...order, items: [line, { ...line, quantity: 0 }] }, ["items.1.quantity"]],
    ["quantity -1", { ...order, items: [{ ...line, quantity: -1 }] }, ["items.0.quantity"]],
    ["quantity 1.5", { ...order, items: [{ ...line, quantity: 1.5 }] }, ["items.0.quantity"]],
    ["quantity as a text", { ...order, items: [{ ...line, quantity: "1" }] }, ["items.0.quantity"]],
    ["quantity 1,000,001", { ...order, items: [{ ...line, quantity: 1_000_001 }] }, ["items.0.quantity"]],
    ["an empty SKU", { ...order, items: [{ ...line, sku: "" }] }, ["items.0.sku"]],
    ["a SKU with a slash", { ...order, items: [{ ...line, sku: "a/b" }] }, ["items.0.sku"]],
    ["a SKU with a line feed", { ...order, items: [{ ...line, sku: "PROD-1\n" }] }, ["items.0.sku"]],
    ["a price of the client's", { ...order, items: [{ ...line, price: 1 }] }, ["items.0.price"]],
    ["an unknown member", { ...order, total: 1 }, ["total"]],
    ["payment_method as a number", { ...order, payment_method: 1 }, ["payment_method"]],
    ["a negative expected total", { ...order, expected_total_minor: -1 }, ["expected_total_minor"]],
    ["an expected total above 2^53", { ...order, expected_total_minor: 2 ** 53 }, ["expected_total_minor"]],
    ["metadata with a number", { ...order, metadata: { a: 1 } }, ["metadata.a"]],
    ["51 metadata entries", { ...order, metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ""])) }, ["metadata"]],
  ])("an order with %s is refused with 422 naming the fields", async (_name, body, fields) => {
    const response = await send(fakeApp(), ["POST", "/v1/orders"], { body });
    const problem = await problemOf(response);
    expect([response.status, problem["code"]]).toEqual([422, "validation_failed"]);
    expect((problem["errors"] as { field: string }[]).map(({ field }) => field)).toEqual(fields);
  });

  test.each([
    ["what is missing", {}, { field: "items", message: "Is required" }],
    ["what is of another type", { items: 1 }, { field: "items", message: "Invalid input: expected array, received number" }],
    [
      "a name that is too long, in part",
      { ...order, metadata: { ["k".repeat(1_000)]: "" } },
      {
        field: `metadata.${"k".repeat(119)}…`,
        message: "Not a name it can have here: Too big: expected string to have <=64 characters",
      },
    ],
  ])("tells of %s", async (_what, body, error) => {
    const problem = await problemOf(await send(fakeApp(), ["POST", "/v1/orders"], { body }));
    expect((problem["errors"] as unknown[])[0]).toEqual(error);
  });

  test("tells that an id is in another form, without a pattern", async () => {
    const body = { order_id: "1", payment_method: "pm_card_visa" };
    const problem = await problemOf(await send(fakeApp(), ["POST", "/v1/payments"], { body }));
    expect(problem["errors"]).toEqual([{ field: "order_id", message: "Not of the form that it must have" }]);
  });

  test("many errors are cut to 50", async () => {
    const body = { ...order, items: Array.from({ length: 100 }, () => ({})) };
    const problem = await problemOf(await send(fakeApp(), ["POST", "/v1/orders"], { body }));
    expect(problem["errors"]).toHaveLength(50);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=-1", "limit"],
    ["limit=1.5", "limit"],
    ["limit=1e1", "limit"],
    ["limit=", "limit"],
    ["limit=ten", "limit"],
    ["limit=1&limit=2", "limit"],
    ["status=lost", "status"],
    ["status=", "status"],
    ["cursor=", "cursor"],
    [`cursor=${"x".repeat(513)}`, "cursor"],
    ["state=confirmed", "state"],
  ])("?%s is refused with 400", async (query, field) => {
    const response = await send(fakeApp(), ["GET", `/v1/orders?${query}`]);
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: "invalid_query", errors: [{ field }] });
  });

  test.each([
    "/v1/orders/1",
    "/v1/orders/ord_XYZ",
    `/v1/orders/ord_${"0".repeat(33)}`,
    "/v1/orders/%00",
    "/v1/orders/%ff",
    "/v1/orders/nope/timeline",
    "/v1/products/-a",
    `/v1/products/${"x".repeat(65)}`,
    "/v1/products/a%2Fb",
    "/v1/inventory/a%20b",
  ])("%s cannot exist and is 404 without asking anyone", async (path) => {
    const response = await send(fakeApp(), ["GET", path]);
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ code: "not_found" });
  });
});
