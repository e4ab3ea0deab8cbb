/**
 * Tries the peers, one after the other: starts one, places three orders of which two have the same key, lets 20 orders race for 5 units,
 * reads the ledger and the records, stops it, and looks whether anything is left running.
 *
 *     npm ci --prefix bench/peers
 *     node bench/peers/try.ts [floor] [restate] [dbos] [postgres]     # default: all of them
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkRecords } from "../run/check-records.ts";
import type { BenchSystem, RunningSystem, Stock } from "../system.ts";
import { systems as dbos } from "./dbos/system.ts";
import { systems as dbosWithDatasource } from "./dbos/with-datasource.ts";
import { floorSystems } from "./floor/system.ts";
import { systems as postgres } from "./postgres/system.ts";
import { systems as restate } from "./restate/system.ts";

const units = 5;
/** How long what is confirmed may stay reserved until its sale has reached the ledger, ms. */
const settlesWithinMs = 10_000;
/** How long a process that has been ended may be seen, ms. */
const goneWithinMs = 3_000;

const wanted = process.argv.slice(2);
for (const peer of [...floorSystems({ kind: "own" }), ...restate, ...dbos, ...dbosWithDatasource, ...postgres].filter(
  ({ system }) => wanted.length === 0 || wanted.includes(system),
))
  await tryPeer(peer);

async function tryPeer(peer: BenchSystem): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-peer-"));
  const startedAt = performance.now();
  const running = await peer.start({ dataDir, skus: 2, unitsPerSku: units, log: (line) => console.log(line) });
  try {
    console.log(`${peer.system} (${peer.placement}): up in ${Math.round(performance.now() - startedAt)} ms`);
    await placeThree(running);
    await race(running);
    await expectRecords(running);
    assert.ok((await running.commits?.()) ?? 1, "it has committed something");
    const pids = Object.values(running.processes()).flat();
    assert.ok(pids.length >= 2 && new Set(pids).size === pids.length, "its processes are known");
    assert.ok((await processesIn(dataDir)).length >= pids.length, "they run in its directory");
  } finally {
    await running.stop();
  }
  await expectNothingLeft(dataDir);
  await rm(dataDir, { recursive: true, force: true });
  console.log(`${peer.system}: kept its promises, and left nothing running`);
}

/** The same key gets the same order, and takes one unit. */
async function placeThree(running: RunningSystem): Promise<void> {
  const first = await place(running, { key: "order-1", sku: 0 });
  const other = await place(running, { key: "order-2", sku: 0 });
  const again = await place(running, { key: "order-1", sku: 0 });
  assert.deepEqual([first.confirmed, other.confirmed, again.confirmed], [true, true, true], first.body);
  assert.equal(again.body, first.body, "a repeated key is answered as it was the first time");
  assert.notEqual(other.body, first.body, "another key is another order");
  await expectStock(running, { sku: 0, stock: { received: units, onHand: units - 2, reserved: 0, sold: 2 } });
}

/** 20 orders at the same time for what 5 of them can have. */
async function race(running: RunningSystem): Promise<void> {
  const keys = Array.from({ length: 20 }, (_, index) => `race-${index}`);
  const answers = await Promise.all(keys.map((key) => place(running, { key, sku: 1 })));
  assert.equal(answers.filter(({ confirmed }) => confirmed).length, units, "exactly as many are confirmed as there are units");
  assert.ok(
    answers.every(({ confirmed, status }) => confirmed || status === 409),
    "all others are refused",
  );
  const again = await Promise.all(keys.map((key) => place(running, { key, sku: 1 })));
  assert.deepEqual(again, answers, "every key is answered as it was the first time");
  await expectStock(running, { sku: 1, stock: { received: units, onHand: 0, reserved: 0, sold: units } });
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly confirmed: boolean;
}

async function place(running: RunningSystem, order: { readonly key: string; readonly sku: number }): Promise<Answer> {
  const { method, path, headers, body: content } = running.orderRequest(order);
  const response = await fetch(running.origin + path, { method, headers, body: content });
  const body = await response.text();
  return { status: response.status, body, confirmed: running.isConfirmed(response.status, body) };
}

async function expectStock(running: RunningSystem, expected: { readonly sku: number; readonly stock: Stock }): Promise<void> {
  const giveUpAt = Date.now() + settlesWithinMs;
  for (;;) {
    const stock = (await running.stock())[expected.sku];
    assert.equal(stock && stock.onHand + stock.reserved + stock.sold, stock?.received, "the ledger balances");
    if (stock?.reserved === 0 || Date.now() > giveUpAt) {
      assert.deepEqual(stock, expected.stock, `the ledger of SKU-${expected.sku}`);
      return;
    }
    await sleep(50);
  }
}

/** Where there are records, they have caught up with the ledger and say the same. */
async function expectRecords(running: RunningSystem): Promise<void> {
  if (running.records === undefined) return;
  const giveUpAt = Date.now() + settlesWithinMs;
  for (;;) {
    const wrong = checkRecords(await running.records(), await running.stock());
    if (wrong.length === 0) return;
    if (Date.now() > giveUpAt) assert.deepEqual(wrong, [], "the records agree with the ledger");
    await sleep(50);
  }
}

async function expectNothingLeft(dataDir: string): Promise<void> {
  const giveUpAt = Date.now() + goneWithinMs;
  for (;;) {
    const left = await processesIn(dataDir);
    if (left.length === 0) return;
    if (Date.now() > giveUpAt) assert.deepEqual(left, [], "no process is left");
    await sleep(50);
  }
}

/** By their working directory, which is known also of those whose parent is gone (Linux). @returns Their ids. */
async function processesIn(dir: string): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const directories = await Promise.all(ids.map((id) => readlink(`/proc/${id}/cwd`).catch(() => "")));
  return ids.filter((_, index) => directories[index]?.startsWith(dir));
}
