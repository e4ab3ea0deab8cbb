/** What is stuck, and the one call that ends it: looked at again, recorded, done, recorded. */
import { toWireStuckItem, type WireIntervention } from "../../shared/contracts/audit.ts";
import type { AuditQuery, OrdersApi, ResolveStuckCommand, ResolveStuckReply } from "../../shared/contracts/rpc.ts";
import type { Database } from "../../shared/db/client.ts";
import { beginIntervention, endIntervention, findIntervention } from "../../shared/db/interventions.ts";
import { parseStuckId } from "../../shared/domain/audit/stuck-id.ts";
import { auditPage, type AuditDependencies } from "./audit.ts";
import type { AuditClock } from "./audit-confirm.ts";
import type { AuditReader } from "./audit-reader.ts";
import { act, type ActionPorts } from "./stuck-act.ts";
import { examineStuck } from "./stuck-examine.ts";

/** A page of the audit, of which only what is stuck is told. Throws when something could not be read. */
export async function listStuck(dependencies: AuditDependencies, query: AuditQuery): ReturnType<OrdersApi["stuck"]> {
  const page = await auditPage(dependencies, query);
  if (!page.ok) return page;
  return { ok: true, list: { data: [...page.stuck], next_cursor: page.audit.next_cursor } };
}

export interface ResolveDependencies extends AuditClock, ActionPorts {
  readonly reader: AuditReader;
  readonly db: Database;
}

/** Time that a look at an item may take before something is done, ms. */
const lookBudgetMs = 2_000;

/**
 * Does the action to an item that is still stuck. The row in Postgres comes first: without it nothing is done. A run that was cut
 * off after the deed is found by its row when the command comes again.
 */
export async function resolveStuck(dependencies: ResolveDependencies, command: ResolveStuckCommand): Promise<ResolveStuckReply> {
  const { reader, db, now, sleep } = dependencies;
  const { id, action, operationId, principalId, context } = command;
  const subject = parseStuckId(id);
  if (subject === null) return { ok: false, code: "not_found" };
  const stuck = await examineStuck(reader, { id, subject, time: { now, sleep, untilMs: now() + lookBudgetMs } });
  if (stuck === null) return finishedBefore(db, command);
  if (!stuck.item.actions.includes(action)) return { ok: false, code: "wrong_action", actions: stuck.item.actions };
  const item = toWireStuckItem(stuck.item, now());
  await beginIntervention(db, { id: operationId, principalId, action, item, context });
  const result = await act(dependencies, stuck, command);
  await endIntervention(db, { id: operationId, ...result });
  return { ok: true, intervention: { item, action, ...result } };
}

/** Not stuck: because this very intervention has ended it, or because there is nothing to do. */
async function finishedBefore(db: Database, { operationId, id, action }: ResolveStuckCommand): Promise<ResolveStuckReply> {
  const row = await findIntervention(db, operationId);
  if (row?.itemId !== id || row.action !== action) return { ok: false, code: "not_stuck" };
  const outcome: WireIntervention["outcome"] = row.outcome === "started" ? "done" : row.outcome;
  if (row.outcome === "started") await endIntervention(db, { id: operationId, outcome, detail: row.detail });
  return { ok: true, intervention: { item: row.item, action, outcome, detail: row.detail } };
}
