/** The whole of an audit over HTTP: its parts, one after the other, as one. */
import { setTimeout as sleep } from "node:timers/promises";
import { auditSchema, mergeAudits, type WireAudit } from "../shared/contracts/audit.ts";

/** How often a part that could not be read is asked for again, and the wait before each try, ms. */
const tries = 5;
const retryWaitMs = 1_000;

/** @throws Error with the answer, when the gateway refuses, or goes on failing; or that says that nobody answers there. */
export async function readAudit({ baseUrl, operatorKey }: { readonly baseUrl: string; readonly operatorKey: string }): Promise<WireAudit> {
  let whole: WireAudit | undefined;
  for (let cursor: string | null = ""; cursor !== null; cursor = whole.next_cursor) {
    const query = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const part = await readPart(`${baseUrl}/v1/audit${query}`, operatorKey);
    whole = whole === undefined ? part : mergeAudits(whole, part);
  }
  if (whole === undefined) throw new Error("The audit has no parts");
  return whole;
}

async function readPart(url: string, operatorKey: string): Promise<WireAudit> {
  for (let attempt = 1; ; attempt += 1) {
    const { answer, text } = await ask(url, operatorKey);
    if (answer.ok) return auditSchema.parse(JSON.parse(text));
    if (answer.status !== 503 || attempt === tries) throw new Error(`GET ${url} answered ${answer.status}: ${text}`);
    await sleep(retryWaitMs);
  }
}

async function ask(url: string, operatorKey: string): Promise<{ answer: Response; text: string }> {
  try {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${operatorKey}` } });
    return { answer, text: await answer.text() };
  } catch (cause) {
    const advice = "Start it (npm start), or name another one (HOLDFAST_URL with HOLDFAST_OPERATOR_KEY)";
    throw new Error(`The shop at ${new URL(url).origin} does not answer. ${advice}.`, { cause });
  }
}

/** The totals, and each disagreement. */
export function summarize({ ok, checked, in_flight, disagreements }: WireAudit, durationMs: number): string[] {
  const { skus, orders, holds, captures, notifications, records } = checked;
  const totals = `${skus} SKUs, ${orders} orders, ${holds} holds, ${captures} captures, ${notifications} confirmations, ${records} records`;
  const verdict = ok ? "everything agrees" : `${disagreements.length} disagree`;
  return [
    `audit: ${verdict}; ${totals}; ${in_flight} in flight; ${(durationMs / 1_000).toFixed(1)} s`,
    ...disagreements.map(({ rule, detail, expected, found }) => `  ${rule}: ${detail} Expected ${expected}; found ${found}.`),
  ];
}
