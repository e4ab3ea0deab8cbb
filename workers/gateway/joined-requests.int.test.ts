/**
 * Joined orders and the lives of requests, in the real runtime: a small Worker around the shipped class, whose requests read their own
 * bodies and call for themselves after they have gone with others, which is refused to whoever goes on in another request's life; and
 * requests that lead, and whose life ends before they have called.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startQuietMiniflare } from "../../local/workers/quiet-miniflare.ts";

const root = join(import.meta.dirname, "../..");
const answerWithinMs = 200;
const worker = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  import { JoinedOrders } from "./workers/gateway/joined-orders.ts";
  const joined = new JoinedOrders({ answerWithinMs: ${answerWithinMs} });
  const replyTo = ({ name, askedAgain }, how) => ({ name, how, askedAgain });
  let calls = 0;
  export class Host extends WorkerEntrypoint {
    async placeOrder(command) { await scheduler.wait(command.name === "under-way" ? 400 : 5); return replyTo(command, "alone"); }
    async placeOrdersAsTexts(commands) {
      calls += 1;
      await scheduler.wait(20);
      return commands.map((command) => command.name.startsWith("slow") ? null : JSON.stringify(replyTo(command, "together")));
    }
    async calls() { return calls; }
  }
  export default {
    async fetch(request, env, ctx) {
      const name = new URL(request.url).pathname.slice(1);
      const leaves = name.startsWith("leaves");
      const command = { name, request: { body: "" }, waitMs: 9_000 };
      const keepAlive = (work) => { if (!leaves) ctx.waitUntil(work); };
      const placing = joined.place(command, { host: () => env.HOST, keepAlive, hasIdOfItsOwn: true });
      if (leaves) return new Response(null, { status: 204 });
      const reply = await placing;
      return Response.json({ ...reply, sent: await request.text(), calls: await env.HOST.calls() });
    },
  };`;

interface Answer {
  readonly name: string;
  readonly how: "alone" | "together";
  readonly askedAgain?: true;
  readonly sent: string;
  readonly calls: number;
}

let miniflare: Miniflare;
let baseUrl = "";

beforeAll(async () => {
  const shipped = ["workers/gateway/joined-orders.ts", "workers/gateway/under-way.ts", "shared/contracts/rpc.ts"];
  const moduleOf = (path: string, contents: string) => ({ type: "ESModule" as const, path: join(root, path), contents });
  miniflare = startQuietMiniflare({
    workers: [
      {
        name: "joining",
        modules: [
          moduleOf("worker.mjs", worker),
          ...shipped.map((path) => moduleOf(path, stripTypeScriptTypes(readFileSync(join(root, path), "utf8")))),
        ],
        modulesRoot: root,
        compatibilityDate: "2026-08-01",
        serviceBindings: { HOST: { name: "joining", entrypoint: "Host" } },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
    ],
    host: "127.0.0.1",
    port: 0,
  });
  await miniflare.ready;
  baseUrl = (await miniflare.unsafeGetDirectURL("joining")).origin;
});
afterAll(() => miniflare.dispose());

/** Sends a request whose body ends only some time after its head has arrived. */
async function send(name: string): Promise<Answer> {
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const part of ["body-", name]) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        controller.enqueue(new TextEncoder().encode(part));
      }
      controller.close();
    },
  });
  const init = { method: "POST", body, duplex: "half" } as const;
  const response = await fetch(`${baseUrl}/${name}`, init);
  if (response.status !== 200) throw new Error(`${name}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

const named = (what: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${what}-${index}`);

describe("requests whose orders go together", () => {
  it("go on each in its own life: its body, its calls", async () => {
    const answers: Answer[] = [];
    for (let round = 0; round < 20; round += 1) answers.push(...(await Promise.all(named(`round-${round}`, 30).map(send))));
    expect(answers.every(({ name, sent }) => sent === `body-${name}`)).toBe(true);
    expect(answers.filter(({ how }) => how === "together").length).toBeGreaterThan(300);
  });

  it("and so do those who must ask alone", async () => {
    const names = named("quick", 40).map((name, index) => (index % 4 === 3 ? `slow-${index}` : name));
    const answers = await Promise.all(names.map(send));
    expect(answers.every(({ name, sent }) => sent === `body-${name}`)).toBe(true);
    const alone = answers.filter(({ how, askedAgain }) => how === "alone" && askedAgain === true);
    expect(alone.length).toBeGreaterThan(0);
    expect(alone.every(({ name }) => name.startsWith("slow"))).toBe(true);
  });

  it("ask alone when the life of the one that leads ends before it has called", async () => {
    for (let round = 0; round < 3; round += 1) {
      // Nothing is joined for a second after a batch that came to nothing.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const underWay = send("under-way");
      await new Promise((resolve) => setTimeout(resolve, 30));
      const leader = fetch(`${baseUrl}/leaves`);
      const followers = await Promise.all(named(`round-${round}-follower`, 10).map(send));
      expect(followers.every(({ name, sent }) => sent === `body-${name}`)).toBe(true);
      // Those who came while its batch was open.
      expect(followers.filter(({ how, askedAgain }) => how === "alone" && askedAgain === true).length).toBeGreaterThan(0);
      expect((await leader).status).toBe(204);
      expect((await underWay).sent).toBe("body-under-way");
    }
  });
});
