/**
 * `npm start`: the production bundles of all Workers on workerd, with a local Postgres and Redis. State stays in `.local/`
 * (HOLDFAST_STATE_DIR).
 *
 * PORT (8787), HOLDFAST_POSTGRES_URL and HOLDFAST_REDIS_URL (real servers instead of the embedded ones), DUPLICATE_POLICY,
 * HOLDFAST_PAYMENT_PROVIDER (`stripe`: one of this machine; the same at each start), CHAOS=on; ORDER_PLACEMENT and
 * ORDER_HOSTS at the first start only. The Workers' log lines go to stdout, once the summary has been printed, and to
 * `.local/log/workers.log`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { startCloud } from "./cloud.ts";
import { choosePort, fireEveryMinute, printStarting, printSummary, untilSignal } from "./command.ts";
import { defaultStateDir } from "./project.ts";
import { runMain } from "./run-main.ts";
import { chosenServers, chosenVars } from "./worker-bindings.ts";
import { openLog } from "./worker-log.ts";

const stopGraceMs = 10_000;

await runMain(async () => {
  const port = await choosePort();
  const vars = chosenVars();
  printStarting();
  await using log = await openLog(defaultStateDir);
  const cloud = await startCloud({
    stateDir: defaultStateDir,
    port,
    ...chosenServers(),
    vars,
    onLog: log.write,
    seed: true,
    schedules: true,
  }).catch((error: unknown) => {
    throw log.explain(error);
  });
  printSummary({ base_url: cloud.baseUrl, customer_key: cloud.customerKey, operator_key: cloud.operatorKey });
  log.showOnStdout();
  {
    using _cron = fireEveryMinute(() => cloud.fireCron());
    await untilSignal();
  }
  log.write("Stopping");
  // A runtime that hangs does not keep us: ending this process ends it (`workers/lifeline.ts`).
  await Promise.race([cloud.stop(), sleep(stopGraceMs)]);
});
