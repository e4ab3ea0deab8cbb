/** The answers of a joined call: all at once, and nobody waits for a neighbour that takes long. */
import { begun, type JoinedOrderReply, type PlaceOrderCommand, type PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import type { Deadlines } from "../kernel/deadlines.ts";
import type { Caller } from "./caller.ts";
import { limits } from "./limits.ts";

export interface TogetherOptions {
  /** Tells the caller when the command has placed its order, before it is answered. */
  readonly place: (command: PlaceOrderCommand, caller: Caller) => Promise<PlaceOrderReply>;
  readonly deadlines: Pick<Deadlines, "waitFor">;
}

/**
 * Places every order, and answers in the order of the commands (`JoinedOrderReply`) when all have ended, `joinedPatienceMs` after the
 * first that was placed here has, or after `joinedWaitMs` whatever has become of them. What has not ended goes on. Never rejects.
 *
 * Replays and mismatches are answered before any order can be: they wait for their neighbours, or each of them would end the batch.
 */
export async function answerTogether(
  commands: readonly PlaceOrderCommand[],
  { place, deadlines }: TogetherOptions,
): Promise<readonly JoinedOrderReply[]> {
  const replies = commands.map((): JoinedOrderReply => null);
  const placed = new Set<number>();
  const firstPlaced = Promise.withResolvers<undefined>();
  let isAnswered = false;
  const one = async (command: PlaceOrderCommand, index: number): Promise<void> => {
    try {
      replies[index] = JSON.stringify(
        await place(command, {
          isThere: () => !isAnswered,
          onBegun: () => {
            placed.add(index);
            replies[index] = begun;
          },
        }),
      );
    } catch {
      // Asked alone, it is told by its own call what is wrong.
    }
    if (placed.has(index)) firstPlaced.resolve(undefined);
  };
  const all = Promise.all(commands.map(one)).then(() => undefined);
  await deadlines.waitFor(Promise.race([firstPlaced.promise, all]), limits.joinedWaitMs);
  await deadlines.waitFor(all, limits.joinedPatienceMs);
  isAnswered = true;
  // A copy: what comes later is nobody's answer.
  return [...replies];
}
