/**
 * Bugs laid over a stock target, between it and its clients, to see that the proof finds them there too (`--bug`). Each is rare,
 * as real ones are.
 */
import type { Random } from "../shared/random.ts";
import type { LedgerOutput } from "./ledger-model.ts";
import type { StockAnswer, StockTarget } from "./stock-target.ts";

export const overlaidBugs = ["stale_read", "unwritten_answer", "second_try_as_new"] as const;
export type OverlaidBug = (typeof overlaidBugs)[number];

const probability = 0.05;

export function withBug(target: StockTarget, { bug, random }: { bug: OverlaidBug; random: Random }): StockTarget {
  const perform = { stale_read: staleRead, unwritten_answer: unwrittenAnswer, second_try_as_new: secondTryAsNew }[bug](target, random);
  return { start: () => target.start(), openSku: (sku) => target.openSku(sku), kill: () => target.kill(), perform };
}

/** Some reads get the answer that the reader before them got: a cache that is not told of changes. */
function staleRead(target: StockTarget, random: Random): StockTarget["perform"] {
  const last = new Map<string, LedgerOutput>();
  return async (call) => {
    const cached = last.get(call.sku);
    if (call.input.kind === "read" && cached !== undefined && random.chance(probability)) return answered(cached);
    const answer = await target.perform(call);
    if (call.input.kind === "read" && answer.kind === "answered") last.set(call.sku, answer.output);
    return answer;
  };
}

/** Some deliveries are acknowledged and never booked: an update that is lost. */
function unwrittenAnswer(target: StockTarget, random: Random): StockTarget["perform"] {
  return async (call) => {
    if (call.input.kind !== "receive" || !random.chance(probability)) return target.perform(call);
    const { quantity } = call.input;
    const answer = await target.perform({ ...call, input: { kind: "read" } });
    if (answer.kind !== "answered" || answer.output.kind !== "levels") return answer;
    const { levels } = answer.output;
    const { on_hand, available, received } = levels;
    const booked = { ...levels, on_hand: on_hand + quantity, available: available + quantity, received: received + quantity };
    return answered({ kind: "levels", levels: booked });
  };
}

/** Some deliveries are sent a second time under another key, and only the first answer is told: a retry that is no retry. */
function secondTryAsNew(target: StockTarget, random: Random): StockTarget["perform"] {
  return async (call) => {
    const answer = await target.perform(call);
    if (call.input.kind === "receive" && random.chance(probability)) await target.perform({ ...call, key: `${call.key}-again` });
    return answer;
  };
}

const answered = (output: LedgerOutput): StockAnswer => ({ kind: "answered", output, replayed: false });
