/**
 * Joined orders and the lives of requests, in the real runtime: a small Worker around the shipped class, whose requests read their own
 * bodies and call for themselves after they have gone with others, which is refused to whoever goes on in another request's life; and
 * requests that lead, and whose life ends before they have called.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startQuietMiniflare } from "../../local/workers/quiet-miniflare.ts";

const root = join(import.meta.dirname, "../..");
/** So that of those who ask again some wait for their turn. */
const options = { answerWithinMs: 200, askingPace: { atOnce: 2, apartMs: 5 } };
/** Paths are `/{group}/{name}`: each test has a group of its own, whose orders are joined. */
const worker = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  import { JoinedOrders } from "./workers/gateway/joined-orders.ts";
  const groups = new Map();
  const groupOf = (name) => groups.get(name) ?? groups.set(name, { joined: new JoinedOrders(${JSON.stringify(options)}), placing: 0 }).get(name);
  const replyTo = ({ name, askedAgain }, how) => ({ name, how, askedAgain });
  let calls = 0;
  let isOver = false;
  export class Host extends WorkerEntrypoint {
    async placeOrder(command) {
      while (command.name === "under-way" && !isOver) await scheduler.wait(5);
      return replyTo(command, "alone");
    }
    async placeOrdersAsTexts(commands) {
      calls += 1;
      await scheduler.wait(20);
      return commands.map((command) => command.name.startsWith("slow") ? null : JSON.stringify(replyTo(command, "together")));
    }
    async calls() { return calls; }
  }
  export default {
    async fetch(request, env, ctx) {
      const [, group, name] = new URL(request.url).pathname.split("/");
      if (name === "placing") return Response.json(groupOf(group).placing);
      if (name === "over") { isOver = true; return new Response(null, { status: 204 }); }
      groupOf(group).placing += 1;
      const leaves = name.startsWith("leaves");
      const command = { name, request: { body: "" }, waitMs: 9_000 };
      const keepAlive = (work) => { if (!leaves) ctx.waitUntil(work); };
      const placing = groupOf(group).joined.place(command, { host: () => env.HOST, keepAlive, hasIdOfItsOwn: true });
      keepAlive(placing);
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
  const shipped = [
    "workers/gateway/joined-orders.ts",
    "workers/gateway/asking-pace.ts",
    "workers/gateway/under-way.ts",
    "shared/contracts/rpc.ts",
  ];
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
async function send(group: string, name: string): Promise<Answer> {
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
  const response = await fetch(`${baseUrl}/${group}/${name}`, init);
  if (response.status !== 200) throw new Error(`${name}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

const named = (what: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${what}-${index}`);

describe("requests whose orders go together", () => {
  it("go on each in its own life: its body, its calls", async () => {
    const answers: Answer[] = [];
    for (let round = 0; round < 20; round += 1)
      answers.push(...(await Promise.all(named(`round-${round}`, 30).map((name) => send("own-lives", name)))));
    expect(answers.every(({ name, sent }) => sent === `body-${name}`)).toBe(true);
    expect(answers.filter(({ how }) => how === "together").length).toBeGreaterThan(300);
  });

  it("and so do those who must ask alone", async () => {
    const names = named("quick", 40).map((name, index) => (index % 4 === 3 ? `slow-${index}` : name));
    const answers = await Promise.all(names.map((name) => send("alone", name)));
    expect(answers.every(({ name, sent }) => sent === `body-${name}`)).toBe(true);
    const alone = answers.filter(({ how, askedAgain }) => how === "alone" && askedAgain === true);
    expect(alone.length).toBeGreaterThan(0);
    expect(alone.every(({ name }) => name.startsWith("slow"))).toBe(true);
  });

  it("ask alone when the life of the one that leads ends before it has called", async () => {
    let haveLostTheirLeader = 0;
    const underWay: Promise<Answer>[] = [];
    // Who comes when a batch is no longer open is in none that was lost: on a slow machine that may be everybody, the first time.
    for (let round = 0; round < 20 && haveLostTheirLeader === 0; round += 1) {
      const group = `left-${round}`;
      underWay.push(send(group, "under-way"));
      await vi.waitFor(async () => expect(await (await fetch(`${baseUrl}/${group}/placing`)).json()).toBe(1), {
        timeout: 10_000,
        interval: 5,
      });
      const leader = fetch(`${baseUrl}/${group}/leaves`);
      const followers = await Promise.all(named("follower", 10).map((name) => send(group, name)));
      expect(followers.every(({ name, sent }) => sent === `body-${name}`)).toBe(true);
      haveLostTheirLeader += followers.filter(({ how, askedAgain }) => how === "alone" && askedAgain === true).length;
      expect((await leader).status).toBe(204);
    }
    expect(haveLostTheirLeader).toBeGreaterThan(0);
    await fetch(`${baseUrl}/left/over`);
    expect((await Promise.all(underWay)).every(({ sent }) => sent === "body-under-way")).toBe(true);
  });
});
