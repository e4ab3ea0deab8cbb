/** The answers of a joined call: all at once, and nobody waits for a neighbour that takes long. */
import { begun, type JoinedOrderReply, type PlaceOrderCommand, type PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import type { Deadlines } from "../kernel/deadlines.ts";
import { limits } from "./limits.ts";

export interface TogetherOptions {
  /** Calls `onBegun` when the command has placed its order, before it is answered. */
  readonly place: (command: PlaceOrderCommand, onBegun: () => void) => Promise<PlaceOrderReply>;
  readonly deadlines: Pick<Deadlines, "waitFor">;
}

/**
 * Places every order, and answers in the order of the commands (`JoinedOrderReply`) when all have ended, `joinedPatienceMs` after the
 * first has ended, or after `joinedWaitMs` whatever has become of them. What has not ended goes on. Never rejects.
 */
export async function answerTogether(
  commands: readonly PlaceOrderCommand[],
  { place, deadlines }: TogetherOptions,
): Promise<readonly JoinedOrderReply[]> {
  const replies = commands.map((): JoinedOrderReply => null);
  const one = async (command: PlaceOrderCommand, index: number): Promise<void> => {
    try {
      replies[index] = JSON.stringify(await place(command, () => (replies[index] = begun)));
    } catch {
      // Asked alone, it is told by its own call what is wrong.
    }
  };
  const ends = commands.map(one);
  const all = Promise.all(ends).then(() => undefined);
  await deadlines.waitFor(Promise.race(ends), limits.joinedWaitMs);
  await deadlines.waitFor(all, limits.joinedPatienceMs);
  // A copy: what comes later is nobody's answer.
  return [...replies];
}
