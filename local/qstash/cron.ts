/** Cron expressions as QStash takes them: five fields, in UTC or in the zone of a `CRON_TZ=Europe/Berlin ` in front. */
import { Cron } from "croner";
import { QstashRequestError } from "./read-job.ts";

/** The first time after `afterMs` that the expression names, ms since 1970. @throws QstashRequestError 400 when there is none. */
export function nextRunMs(expression: string, afterMs: number): number {
  const next = nextRun(expression, new Date(afterMs));
  if (next === null) throw new QstashRequestError(400, `invalid cron: ${expression}`);
  return next.getTime();
}

function nextRun(expression: string, after: Date): Date | null {
  const { zone = "UTC", pattern = "" } = /^(?:CRON_TZ=(?<zone>\S+)\s+)?(?<pattern>.*)$/.exec(expression)?.groups ?? {};
  try {
    return new Cron(pattern, { timezone: zone, mode: "5-part" }).nextRun(after);
  } catch {
    return null;
  }
}
