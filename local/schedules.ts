/**
 * `npm run schedules -- apply | status | remove`: what QStash is to start in a deployment. QSTASH_URL, QSTASH_TOKEN and
 * PUBLIC_BASE_URL name QStash and the gateway's public address. Applying twice changes nothing. A local cloud does it by itself.
 */
import { setting } from "./project.ts";
import { applySchedules, readSchedules, removeSchedules, type ScheduleState, type ScheduleStatus } from "./qstash/schedules.ts";
import { runMain } from "./run-main.ts";

/** What each verb does, and what it says of a schedule that it found in a state. */
const verbs = {
  status: { run: readSchedules, says: (state) => state },
  apply: {
    run: applySchedules,
    says: (state) => ({ missing: "created", different: "replaced", paused: "paused", "in place": "in place" })[state],
  },
  remove: { run: removeSchedules, says: (state) => (state === "missing" ? "missing" : "removed") },
} satisfies Record<string, { run: typeof readSchedules; says: (state: ScheduleState) => string }>;

await runMain(async () => {
  const name = process.argv[2] ?? "";
  const verb = Object.hasOwn(verbs, name) ? verbs[name as keyof typeof verbs] : undefined;
  if (verb === undefined || process.argv.length > 3) throw new Error(`Usage: npm run schedules -- ${Object.keys(verbs).join(" | ")}`);
  const target = {
    url: required("QSTASH_URL"),
    token: required("QSTASH_TOKEN"),
    publicBaseUrl: required("PUBLIC_BASE_URL").replace(/\/+$/, ""),
  };
  for (const status of await verb.run(target)) console.log(line(status, verb.says(status.state)));
});

function required(name: string): string {
  const value = setting(name);
  if (value === undefined) throw new Error(`${name} is not set. Needed are QSTASH_URL, QSTASH_TOKEN and PUBLIC_BASE_URL`);
  return value;
}

function line({ scheduleId, cron, destination }: ScheduleStatus, said: string): string {
  return `${scheduleId}  ${cron}  ${destination}  ${said}`;
}
