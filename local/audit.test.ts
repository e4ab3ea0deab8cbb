import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { projectRoot } from "./project.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** An address at which everything is answered like this. */
async function shopAnswering(status: number, body: object): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stoppedShop(): Promise<string> {
  const url = await shopAnswering(200, {});
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  return url;
}

/** `npm run audit`. */
const audit = (settings: Record<string, string>): Promise<{ code: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, HOLDFAST_OPERATOR_KEY: "key", HOLDFAST_STATE_DIR: join(projectRoot, "no-such-state"), ...settings };
    execFile(process.execPath, [join(projectRoot, "local/audit.ts")], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });

const audited = (disagreements: readonly object[]) => ({
  ok: disagreements.length === 0,
  checked: { skus: 1, orders: 2, holds: 2, captures: 0, notifications: 2, records: 2 },
  in_flight: 0,
  disagreements,
  first: disagreements.length === 0 ? null : "The first.",
  next_cursor: null,
});

test("npm run audit exits with 2, and says why, when the shop could not be audited", async () => {
  const url = await stoppedShop();
  expect(await audit({ HOLDFAST_URL: url })).toEqual({
    code: 2,
    stdout: "",
    stderr: `The shop at ${url} does not answer. Start it (npm start), or name another one (HOLDFAST_URL with HOLDFAST_OPERATOR_KEY).\n`,
  });
  const refusing = await shopAnswering(403, { code: "forbidden" });
  expect(await audit({ HOLDFAST_URL: refusing })).toMatchObject({ code: 2, stderr: expect.stringContaining("answered 403") as string });
  expect(await audit({ HOLDFAST_URL: "" })).toMatchObject({ code: 2, stderr: expect.stringContaining("No shop to audit") as string });
});

test("npm run audit exits with 1 when something disagrees, and with 0 when nothing does", async () => {
  const disagreement = { rule: "record_has_order", subject: "ord_1", expected: "an order", found: "none", detail: "It is not there." };
  const disagreeing = await shopAnswering(200, audited([disagreement]));
  expect(await audit({ HOLDFAST_URL: disagreeing })).toMatchObject({
    code: 1,
    stderr: "",
    stdout: expect.stringContaining("1 disagree;") as string,
  });
  expect(await audit({ HOLDFAST_URL: await shopAnswering(200, audited([])) })).toMatchObject({ code: 0, stderr: "" });
});
