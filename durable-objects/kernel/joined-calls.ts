/**
 * Calls to the same neighbour that are made in the same moment, as one call: on the way it costs what one costs, and the
 * neighbour does the work of all in one commit.
 */
import type { Joined } from "../../shared/contracts/rpc.ts";
import { Gathering } from "./gathering.ts";

/** The platform takes 32 MB in one call; this keeps a call, and the commit that it makes, short. */
const maxCommands = 250;

interface Waiting<Command, Reply> {
  readonly command: Command;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

export class JoinedCalls<Command, Reply> {
  readonly #send: (commands: readonly Command[]) => Promise<readonly Joined<Reply>[]>;
  readonly #gathering = new Gathering<Waiting<Command, Reply>>((calls) => this.#sendAll(calls));

  /** @param send Answers for each command, in their order. */
  constructor(send: (commands: readonly Command[]) => Promise<readonly Joined<Reply>[]>) {
    this.#send = send;
  }

  /** The command's own answer. @throws What the command threw, or what the call that it was part of did. */
  call(command: Command): Promise<Reply> {
    return new Promise((resolve, reject) => this.#gathering.add({ command, resolve, reject }));
  }

  /** As `call`, for a command that is in no hurry: it goes with the next call, or after `patienceMs` by itself. */
  callWithNext(command: Command, patienceMs: number): Promise<Reply> {
    return new Promise((resolve, reject) => this.#gathering.addPatiently({ command, resolve, reject }, patienceMs));
  }

  #sendAll(calls: readonly Waiting<Command, Reply>[]): void {
    for (let start = 0; start < calls.length; start += maxCommands) void this.#sendOne(calls.slice(start, start + maxCommands));
  }

  async #sendOne(calls: readonly Waiting<Command, Reply>[]): Promise<void> {
    try {
      const replies = await this.#send(calls.map(({ command }) => command));
      calls.forEach(({ resolve, reject }, index) => {
        const joined = replies[index];
        if (joined?.ok === true) resolve(joined.reply);
        else reject(new Error(joined?.error ?? "a joined call was not answered"));
      });
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }
}
