/** Stripe's rules, as the official SDK meets them at the Stripe of this machine; and what a killed process leaves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { Stripe } from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCapturesOf } from "./captures.ts";
import { openStripeServer, type StripeServer } from "./server.ts";

let directory: string;
let server: StripeServer;
let stripe: Stripe;
const dayMs = 24 * 60 * 60_000;
const clock = { ms: Date.parse("2026-11-21T09:30:00.000Z") };

const connect = ({ url, secretKey }: Pick<StripeServer, "url" | "secretKey">): Stripe => {
  const { hostname: host, port } = new URL(url);
  return new Stripe(secretKey, { host, port, protocol: "http", maxNetworkRetries: 0, timeout: 5_000, telemetry: false });
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-stripe-"));
  server = await openStripeServer({ path: join(directory, "stripe.db"), now: () => clock.ms });
  stripe = connect(server);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const euros = { amount: 500, currency: "eur", metadata: { charge_id: "c-1", "a name, with 1 + 1 = 2": "a&b=c [d] é" } };
const visa = { payment_method: "pm_card_visa" };
let keys = 0;
const newKey = (): { idempotencyKey: string } => ({ idempotencyKey: `key-${(keys += 1)}` });
const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "nothing",
    (error: unknown) => error,
  );

describe("an idempotency key", () => {
  test("the same request again gets the same answer, and says that it is a replay", async () => {
    const key = newKey();
    const first = await stripe.paymentIntents.create(euros, key);
    const again = await stripe.paymentIntents.create(euros, key);
    expect(again).toEqual(first);
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(new Headers(again.lastResponse.headers).get("idempotent-replayed")).toBe("true");
  });

  test("other parameters, and another path, are refused", async () => {
    const key = newKey();
    const { id } = await stripe.paymentIntents.create(euros, key);
    for (const other of [
      stripe.paymentIntents.create({ ...euros, amount: 501 }, key),
      stripe.paymentIntents.create({ ...euros, metadata: { charge_id: "c-2" } }, key),
      stripe.paymentIntents.confirm(id, visa, key),
    ]) {
      expect(await thrownBy(other)).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    }
  });

  test("while the first request is running the second gets 409", async () => {
    const key = newKey();
    const { id: slow } = await stripe.paymentIntents.create(euros);
    const first = stripe.paymentIntents.confirm(slow, { payment_method: "pm_card_slow" }, { ...key, timeout: 200 });
    await expect.poll(async () => (await stripe.paymentIntents.retrieve(slow)).status).toBe("processing");
    const second = await thrownBy(stripe.paymentIntents.confirm(slow, { payment_method: "pm_card_slow" }, key));
    expect(second).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
    await thrownBy(first);
  });

  test("keeps a decline and a failure of Stripe's own, and nothing that was refused before the work began", async () => {
    const { id } = await stripe.paymentIntents.create(euros);
    const key = newKey();
    const decline = () => thrownBy(stripe.paymentIntents.confirm(id, { payment_method: "pm_card_declined" }, key));
    const [first, again] = [await decline(), await decline()];
    expect(first).toMatchObject({
      type: "StripeCardError",
      code: "card_declined",
      payment_intent: { id, status: "requires_payment_method" },
    });
    expect(again).toMatchObject({ type: "StripeCardError", headers: { "idempotent-replayed": "true" } });

    const failing = newKey();
    server.tricks.failNext("create_intent", "fail");
    const fail = () => thrownBy(stripe.paymentIntents.create(euros, failing));
    for (const error of [await fail(), await fail()]) expect(error).toMatchObject({ statusCode: 500 });

    const invalid = newKey();
    expect(await thrownBy(stripe.paymentIntents.create({ ...euros, amount: -1 }, invalid))).toMatchObject({ statusCode: 400 });
    expect(await stripe.paymentIntents.create(euros, invalid)).toMatchObject({ amount: 500 });
  });

  test("is forgotten after a day", async () => {
    const key = newKey();
    const first = await stripe.paymentIntents.create(euros, key);
    clock.ms += dayMs;
    expect((await stripe.paymentIntents.create(euros, key)).id).not.toBe(first.id);
  });
});

describe("a payment intent", () => {
  test("keeps its metadata, is found by it, and its charge has it too", async () => {
    const { id } = await stripe.paymentIntents.create({ ...euros, metadata: { ...euros.metadata, charge_id: "found" } });
    await stripe.paymentIntents.confirm(id, visa);
    const { data } = await stripe.paymentIntents.search({ query: "metadata['charge_id']:'found'" });
    expect(data).toMatchObject([{ id, metadata: { "a name, with 1 + 1 = 2": "a&b=c [d] é" }, amount_received: 500, status: "succeeded" }]);
    const { latest_charge: charge } = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
    expect(charge).toMatchObject({ object: "charge", metadata: { charge_id: "found" }, amount_captured: 500 });
  });

  test("that has been cancelled is not confirmed, and one that was captured neither confirmed nor cancelled", async () => {
    const cancelled = await stripe.paymentIntents.create(euros);
    await stripe.paymentIntents.cancel(cancelled.id);
    const unexpected = { code: "payment_intent_unexpected_state", statusCode: 400 };
    expect(await thrownBy(stripe.paymentIntents.confirm(cancelled.id, visa))).toMatchObject(unexpected);
    const captured = await stripe.paymentIntents.create(euros);
    await stripe.paymentIntents.confirm(captured.id, visa);
    expect(await thrownBy(stripe.paymentIntents.confirm(captured.id, visa))).toMatchObject(unexpected);
    expect(await thrownBy(stripe.paymentIntents.cancel(captured.id))).toMatchObject(unexpected);
  });

  test("pages of a list, newest first", async () => {
    const since = Math.floor((clock.ms += 60_000) / 1_000);
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.unshift((await stripe.paymentIntents.create(euros)).id);
    const listed = await stripe.paymentIntents.list({ created: { gte: since }, limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(listed.map(({ id }) => id)).toEqual(made);
  });

  test.each([
    ["a key of nobody", 401, () => connect({ ...server, secretKey: "sk_test_nobody" }).paymentIntents.create(euros)],
    ["an unknown path", 404, () => stripe.customers.create({})],
    ["an unknown intent", 404, () => stripe.paymentIntents.retrieve("pi_nobody")],
    ["an unknown parameter", 400, () => stripe.paymentIntents.create({ ...euros, description: "unknown here" })],
  ])("%s is refused with %i", async (_name, statusCode, ask) => {
    expect(await thrownBy(ask())).toMatchObject({ statusCode });
  });
});

describe("a process that is killed", () => {
  /** Killed, when it has not been before, at the end of the test. */
  async function start(path: string) {
    const program = fileURLToPath(new URL("fixtures/run-server.ts", import.meta.url));
    const child = spawn(process.execPath, ["--no-warnings", program, path, "3600000"], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const kill = async (): Promise<void> => {
      child.kill("SIGKILL");
      await ended;
    };
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const address = JSON.parse(line) as Pick<StripeServer, "url" | "secretKey">;
    return { address, kill, [Symbol.asyncDispose]: kill };
  }

  test("has every capture it answered for, and answers the same under the same key", async () => {
    const path = join(directory, "killed.db");
    await using first = await start(path);
    const before = connect(first.address);
    const { id } = await before.paymentIntents.create(euros, { idempotencyKey: "create" });
    const captured = await before.paymentIntents.confirm(id, visa, { idempotencyKey: "confirm" });
    const { id: slow } = await before.paymentIntents.create(euros, { idempotencyKey: "slow" });
    void thrownBy(before.paymentIntents.confirm(slow, { payment_method: "pm_card_slow" }, { idempotencyKey: "slow:confirm" }));
    await expect.poll(async () => (await before.paymentIntents.retrieve(slow)).status).toBe("processing");
    await first.kill();
    expect(readCapturesOf(path)).toMatchObject([{ chargeId: "c-1", reference: id, capturedMinor: 500 }]);

    await using second = await start(path);
    const after = connect(second.address);
    expect(second.address.secretKey).toBe(first.address.secretKey);
    expect(await after.paymentIntents.confirm(id, visa, { idempotencyKey: "confirm" })).toEqual(captured);
    expect(await after.paymentIntents.retrieve(slow)).toMatchObject({ status: "processing" });
    await second.kill();
    expect(readCapturesOf(path)).toHaveLength(1);
  });
});
