import { describe, expect, test, vi } from "vitest";
import type { GatewayPorts } from "../ports.ts";
import { fakeApp, problemOf, send } from "../testing/fake-ports.ts";

/** A response as a binding gives it: its headers cannot be changed. */
async function fetched(body: string, status = 200): Promise<Response> {
  return await fetch(`data:text/html,${body}`).then((response) => (status === 200 ? response : new Response(null, { status })));
}

describe("the console", () => {
  test.each([
    ["/console", "/console/"],
    ["/console/", "/console/"],
    ["/console/app.js", "/console/app.js"],
  ])("GET %s is the file at %s, with the security headers and no key", async (path, file) => {
    const assets = vi.fn<GatewayPorts["assets"]>(() => fetched("page"));
    const response = await send(fakeApp({ assets }), ["GET", path], { key: null });
    expect([response.status, await response.text()]).toEqual([200, "page"]);
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'self'");
    expect(new URL(assets.mock.calls[0]?.[0].url ?? "").pathname).toBe(file);
  });

  test("the browser's copy is asked about, not sent again", async () => {
    const assets = vi.fn((request: Request) =>
      Promise.resolve(new Response(null, { status: request.headers.get("If-None-Match") === '"1"' ? 304 : 200 })),
    );
    const response = await send(fakeApp({ assets }), ["GET", "/console/app.js"], { key: null, headers: { "If-None-Match": '"1"' } });
    expect(response.status).toBe(304);
  });

  test("a file that is not there is a 404 problem", async () => {
    const response = await send(fakeApp({ assets: () => fetched("", 404) }), ["GET", "/console/nope.js"], { key: null });
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ code: "not_found" });
  });

  test("GET / leads there", async () => {
    const response = await send(fakeApp(), ["GET", "/"], { key: null });
    expect([response.status, response.headers.get("Location")]).toEqual([302, "/console"]);
  });
});
