import { expect, test } from "vitest";
import { fakeApp, send } from "../testing/fake-ports.ts";

test.each(["/", "/nowhere", "/v1/orders", "/docs"])("securityHeaders are on %s, and no CORS", async (path) => {
  const { headers } = await send(fakeApp(), ["GET", path], { key: null, headers: { Origin: "https://elsewhere.example" } });
  expect(headers.get("Content-Security-Policy")).toContain("default-src 'self'");
  expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(headers.get("X-Frame-Options")).toBe("DENY");
  expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
});

test("noStore: no cache may keep what the API answers, refusals included", async () => {
  const response = await send(fakeApp(), ["GET", "/v1/orders"], { key: null });
  expect(response.headers.get("Cache-Control")).toBe("no-store");
});
