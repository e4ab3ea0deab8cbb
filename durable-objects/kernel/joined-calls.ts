/**
 * Calls to the same neighbour that are made in the same moment, as one call: on the way it costs what one costs, and the
 * neighbour does the work of all in one commit.
 */
import type { Joined } from "../../shared/contracts/rpc.ts";

/** How many rounds of microtasks must add no call before the call is made: as many as lie between what waited together and its calls. */
const quietRounds = 4;
/** The platform takes 32 MB in one call; this keeps a call, and the commit that it makes, short. */
const maxCommands = 250;

interface Waiting<Command, Reply> {
  readonly command: Command;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

export class JoinedCalls<Command, Reply> {
  readonly #send: (commands: readonly Command[]) => Promise<readonly Joined<Reply>[]>;
  #waiting: Waiting<Command, Reply>[] = [];

  /** @param send Answers for each command, in their order. */
  constructor(send: (commands: readonly Command[]) => Promise<readonly Joined<Reply>[]>) {
    this.#send = send;
  }

  /** The command's own answer. @throws What the command threw, or what the call that it was part of did. */
  call(command: Command): Promise<Reply> {
    const answer = new Promise<Reply>((resolve, reject) => this.#waiting.push({ command, resolve, reject }));
    if (this.#waiting.length === 1) void this.#sendWhenQuiet();
    return answer;
  }

  async #sendWhenQuiet(): Promise<void> {
    for (let quiet = 0; quiet < quietRounds;) {
      const waiting = this.#waiting.length;
      await Promise.resolve();
      quiet = this.#waiting.length === waiting ? quiet + 1 : 0;
    }
    const calls = this.#waiting;
    this.#waiting = [];
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
