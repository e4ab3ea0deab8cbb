import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { chaosActor } from "../../shared/chaos/chaos-of.ts";
import { rule } from "../../shared/chaos/testing/gremlins.ts";
import type { ChaosCall } from "../../shared/contracts/chaos.ts";

const namespace = env.CHAOS_ACTOR;
const actor = (name: string) => namespace.get(namespace.idFromName(name));
const charge: ChaosCall = { service: "payment", operation: "charge" };
const put = (name: string, members: Parameters<typeof rule>[0] = {}, enabled = true) => actor(name).put({ ...rule(members), enabled });
const effects = async (name: string, calls: number): Promise<unknown[]> => {
  const drawn: unknown[] = [];
  for (let call = 0; call < calls; call += 1) drawn.push((await actor(name).draw(charge)).effect);
  return drawn;
};

describe("ChaosActor", () => {
  it("that was only asked leaves nothing behind", async () => {
    expect([await actor("asked").draw(charge), await actor("asked").list()]).toEqual([{ delayMs: 0, effect: null }, []]);
    await actor("asked").clear();
    const tables = await runInDurableObject(actor("asked"), (_instance, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("a gremlin strikes at once, is counted, and is gone at once", async () => {
    await put("at-once", { operation: "charge" });
    expect(await effects("at-once", 2)).toEqual(["error", "error"]);
    expect(await actor("at-once").draw({ ...charge, operation: "refund" })).toEqual({ delayMs: 0, effect: null });
    expect(await actor("at-once").list()).toEqual([
      {
        kind: "error",
        service: "payment",
        operation: "charge",
        enabled: true,
        delay_ms: null,
        probability: 1,
        seed: 0,
        times: null,
        seen: 2,
        fired: 2,
      },
    ]);
    await actor("at-once").clear();
    expect([await effects("at-once", 1), await actor("at-once").list()]).toEqual([[null], []]);
  });

  it("the same kind, service and operation is the same gremlin: put again it counts from 0, in its place", async () => {
    await put("again", { kind: "latency", delayMs: 100 });
    await put("again", { kind: "drop-reply" });
    await effects("again", 3);
    await put("again", { kind: "latency", delayMs: 200 });
    await put("again", { kind: "drop-reply", operation: "charge" });
    expect((await actor("again").list()).map(({ kind, operation, delay_ms, seen }) => [kind, operation, delay_ms, seen])).toEqual([
      ["latency", null, 200, 0],
      ["drop-reply", null, null, 3],
      ["drop-reply", "charge", null, 0],
    ]);
  });

  it("one that is not enabled is listed and quiet", async () => {
    await put("quiet", {}, false);
    expect(await effects("quiet", 2)).toEqual([null, null]);
    expect(await actor("quiet").list()).toMatchObject([{ enabled: false, seen: 0 }]);
  });

  it("the same seed hits the same calls, also when the object was evicted in between", async () => {
    await put("seeded", { probability: 0.5, seed: 7 });
    await put("evicted", { probability: 0.5, seed: 7 });
    const whole = await effects("seeded", 16);
    const start = await effects("evicted", 5);
    await evictDurableObject(actor("evicted"));
    expect([...start, ...(await effects("evicted", 11))]).toEqual(whole);
    expect(new Set(whole)).toEqual(new Set(["error", null]));
  });

  it("times: calls that come together are struck no more often than that", async () => {
    await put("times", { times: 3 });
    const drawn = await Promise.all(Array.from({ length: 20 }, () => actor("times").draw(charge)));
    expect(drawn.filter(({ effect }) => effect === "error")).toHaveLength(3);
    expect(await actor("times").list()).toMatchObject([{ times: 3, seen: 3, fired: 3 }]);
  });

  it("chaosActor is the one of the deployment", async () => {
    await chaosActor(env.CHAOS_ACTOR).put({ ...rule(), enabled: true });
    expect(await actor("chaos").list()).toHaveLength(1);
    await chaosActor(env.CHAOS_ACTOR).clear();
  });
});
