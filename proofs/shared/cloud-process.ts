/**
 * The whole shop in a process of its own, so that a proof can kill any of it with SIGKILL and start it again on the same
 * directory. Linux only: the process tree is read from /proc.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ShopCall, ShopProcessOptions, ShopReply, ShopRequest } from "../../local/fixtures/run-shop.ts";
import { descendantsOf, killTree, type ProcessEntry } from "./process-tree.ts";

const script = fileURLToPath(new URL("../../local/fixtures/run-shop.ts", import.meta.url));

/** What a running shop says about itself: every text of `Cloud`, so that what a cloud learns to say later arrives too. */
const whereSchema = z
  .object({
    baseUrl: z.string(),
    customerKey: z.string(),
    operatorKey: z.string(),
    databaseUrl: z.string(),
    databaseFetchEndpoint: z.string(),
    redisUrl: z.string(),
    redisToken: z.string(),
  })
  .catchall(z.string());
export type ShopAddress = z.infer<typeof whereSchema>;

export interface ShopProcess {
  /** Of the Node process that holds the local cloud (embedded Postgres, Redis and QStash live in it); the workerd processes are its children. */
  readonly pid: number;
  readonly where: ShopAddress;
  /** Resolves when the Node process is gone, however it went. */
  readonly exited: Promise<void>;
  readonly isRunning: () => boolean;
  /** All that runs below the Node process, children before their parents. Which workerd is which: `runtimes-of.ts`. */
  children(): Promise<readonly ProcessEntry[]>;
  /** Has the cloud do something, such as `stopPostgres`. @throws Error with what it threw, or when it is gone before it answers. */
  call(name: ShopCall): Promise<void>;
  /** SIGKILLs the Node process and all it started, children before their parent can do anything about it. May be called twice. */
  killAll(): Promise<void>;
}

export interface ShopHooks {
  /** Told the process's id at once, for who wants to kill it while it starts. */
  readonly onSpawn?: (pid: number) => void;
  /** A file descriptor for what it writes to stderr; ours by default. */
  readonly stderr?: number;
}

/**
 * Starts the shop on a state directory and waits until it is healthy.
 *
 * @param options What `startCloud` takes, as far as it can be written as JSON, such as `{ vars: { CHAOS: "on" }, payment: "stripe" }`.
 * @throws Error when the process ends before it says where it is, which is also how a directory in use shows.
 */
export async function startShop(stateDir: string, options: ShopProcessOptions = {}, hooks: ShopHooks = {}): Promise<ShopProcess> {
  const child = spawn(process.execPath, [script, stateDir, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", hooks.stderr ?? "inherit", "ipc"],
  });
  const { pid, stdout } = child;
  const exited = once(child, "exit").then(() => undefined);
  if (pid === undefined || stdout === null) throw new Error("the shop's process could not be started");
  hooks.onSpawn?.(pid);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const killAll = async (): Promise<void> => {
    if (isRunning()) await killTree(pid);
    await exited;
  };
  try {
    const where = await readAddress(stdout);
    return { pid, where, exited, isRunning, children: () => descendantsOf(pid), call: caller(child), killAll };
  } catch (error) {
    await killAll();
    throw error;
  }
}

async function readAddress(output: NodeJS.ReadableStream): Promise<ShopAddress> {
  for await (const line of createInterface({ input: output })) return whereSchema.parse(JSON.parse(line));
  throw new Error("the cloud ended before it was ready");
}

function caller(child: ChildProcess): ShopProcess["call"] {
  let calls = 0;
  return async (call) => {
    const id = (calls += 1);
    const { error } = await new Promise<ShopReply>((resolve, reject) => {
      const settle = (reply: ShopReply): void => {
        if (reply.id !== id) return;
        stop();
        resolve(reply);
      };
      const fail = (): void => {
        stop();
        reject(new Error(`the cloud ended before it had answered ${call}`));
      };
      const stop = (): void => void child.off("message", settle).off("exit", fail);
      child.on("message", settle).on("exit", fail);
      if (child.exitCode !== null || child.signalCode !== null) fail();
      else child.send({ id, call } satisfies ShopRequest, (failed) => (failed === null ? undefined : fail()));
    });
    if (error !== null) throw new Error(error);
  };
}
