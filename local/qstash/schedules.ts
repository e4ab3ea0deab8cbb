/** The schedules that Holdfast keeps at QStash, the vendor's or a local one, through the official client. */
import { Client } from "@upstash/qstash";

/** Where QStash is, and where it finds the gateway. */
export interface ScheduleTarget {
  readonly url: string;
  readonly token: string;
  /** Without a slash at the end. */
  readonly publicBaseUrl: string;
}

interface WantedSchedule {
  readonly scheduleId: string;
  readonly cron: string;
  /** Of the gateway's route, `workers/gateway/routes/jobs.ts`. */
  readonly path: string;
}

/** Their ids are fixed, so that to apply them again replaces them. */
const wanted: readonly WantedSchedule[] = [{ scheduleId: "holdfast-sweep", cron: "* * * * *", path: "/jobs/sweep" }];

/** The next minute is the retry: a sweep does all that the one before has left. */
const retries = 0;

export type ScheduleState = "missing" | "different" | "paused" | "in place";
export interface ScheduleStatus {
  readonly scheduleId: string;
  readonly cron: string;
  readonly destination: string;
  readonly state: ScheduleState;
}

/** @throws QstashError when QStash refuses; whatever `fetch` throws when it cannot be reached. */
export async function readSchedules(target: ScheduleTarget): Promise<ScheduleStatus[]> {
  const known = new Map((await clientOf(target).schedules.list()).map((schedule) => [schedule.scheduleId, schedule]));
  return wanted.map(({ scheduleId, cron, path }) => {
    const destination = target.publicBaseUrl + path;
    const found = known.get(scheduleId);
    const same = found?.cron === cron && found.destination === destination && found.method === "POST" && found.retries === retries;
    const state = found === undefined ? "missing" : !same ? "different" : found.isPaused ? "paused" : "in place";
    return { scheduleId, cron, destination, state };
  });
}

/**
 * Creates what is missing and replaces what is different. One that somebody has paused stays so.
 *
 * @returns What was done to each: as it was found. @throws As `readSchedules`.
 */
export async function applySchedules(target: ScheduleTarget): Promise<ScheduleStatus[]> {
  const found = await readSchedules(target);
  for (const { scheduleId, cron, destination, state } of found) {
    if (state === "in place" || state === "paused") continue;
    await clientOf(target).schedules.create({ scheduleId, cron, destination, method: "POST", retries });
  }
  return found;
}

/** Takes away those that are there, wherever they lead. @returns As they were found. @throws As `readSchedules`. */
export async function removeSchedules(target: ScheduleTarget): Promise<ScheduleStatus[]> {
  const found = await readSchedules(target);
  for (const { scheduleId, state } of found) if (state !== "missing") await clientOf(target).schedules.delete(scheduleId);
  return found;
}

/** Without `devMode: false` a variable QSTASH_DEV would make it start a server of the vendor's instead. */
const clientOf = ({ url, token }: ScheduleTarget): Client => new Client({ baseUrl: url, token, devMode: false, enableTelemetry: false });
