/** Closed loop: each client sends its next order when the last is answered. */
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "./connection.ts";
import type { LoopRun } from "./loop-run.ts";

/** After an order without an answer a client waits this long, so that a system that is gone is not asked a million times, ms. */
const errorPauseMs = 100;

export async function runClosedLoop(run: LoopRun, clients: number): Promise<void> {
  const connections = Array.from({ length: clients }, () => new Connection(run.address));
  await Promise.all(connections.map((connection) => connection.open()));
  const ended = connections.map((connection) => runClient(run, connection));
  await run.window();
  run.endWindow();
  await Promise.race([Promise.all(ended), sleep(run.drainMs)]);
  for (const connection of connections) connection.close("no answer in time");
  await Promise.all(ended);
}

/** Resolves when the order under way at the end of the window is finished. */
function runClient(run: LoopRun, connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    const next = (): void => {
      if (run.isOver()) {
        connection.close("the load is over");
        resolve();
        return;
      }
      const order = run.nextOrder();
      const sentAtMs = performance.now();
      connection.send(order.request, (answer) => {
        const nowMs = performance.now();
        run.log.add({ sku: order.sku, latencyMs: nowMs - sentAtMs, counted: run.isMeasured() }, answer);
        if (answer.status === 0) setTimeout(next, errorPauseMs);
        else next();
      });
    };
    next();
  });
}
