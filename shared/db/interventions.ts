/** The record of what people did about what was stuck: a row before the deed, the outcome after it. */
import { eq, sql } from "drizzle-orm";
import type { WireIntervention, WireStuckItem } from "../contracts/audit.ts";
import type { StuckAction } from "../domain/audit/finding.ts";
import type { WorkContext } from "../platform/context.ts";
import type { Database } from "./client.ts";
import { interventions } from "./schema/ops.ts";

export interface NewIntervention {
  /** The idempotency name of who asked and the key. */
  readonly id: string;
  readonly principalId: string;
  readonly action: StuckAction;
  readonly item: WireStuckItem;
  readonly context: WorkContext;
}

/** What is recorded of an earlier run of the same intervention; null when there was none. Throws when Postgres does. */
export async function findIntervention(db: Database, id: string): Promise<typeof interventions.$inferSelect | null> {
  const rows = await db.select().from(interventions).where(eq(interventions.id, id));
  return rows[0] ?? null;
}

/** Once this has returned the deed may begin. Again, for a run that follows one which was cut off, it changes nothing. */
export async function beginIntervention(db: Database, { id, principalId, action, item, context }: NewIntervention): Promise<void> {
  const { requestId, correlationId } = context;
  const row = { id, principalId, action, itemId: item.id, item, outcome: "started" as const, requestId, correlationId };
  await db.insert(interventions).values(row).onConflictDoNothing();
}

export async function endIntervention(
  db: Database,
  { id, outcome, detail }: { readonly id: string } & Pick<WireIntervention, "outcome" | "detail">,
): Promise<void> {
  await db
    .update(interventions)
    .set({ outcome, detail, endedAt: sql`now()` })
    .where(eq(interventions.id, id));
}
