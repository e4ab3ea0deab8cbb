/** The shop's own audit of itself, as `npm run audit` reads it. */
import { readAudit } from "../../local/audit-client.ts";
import type { WireAudit } from "../../shared/contracts/audit.ts";
import type { ShopAddress } from "../shared/cloud-process.ts";

/**
 * @param orders How many there are by the clients' books: the audit must have looked at all of them.
 * @param heard Told what the audit says it has looked at.
 * @returns What it disagrees with, one sentence each.
 * @throws When there is no audit, or it goes on failing.
 */
export async function compareAudit(
  { baseUrl, operatorKey }: ShopAddress,
  { orders, heard }: { orders: number; heard: (checked: WireAudit["checked"]) => void },
): Promise<readonly string[]> {
  const { ok, checked, in_flight: inFlight, disagreements } = await readAudit({ baseUrl, operatorKey });
  heard(checked);
  const found = disagreements.map(({ rule, detail }) => `the audit's ${rule}: ${detail}`);
  if (!ok && found.length === 0) found.push("the audit is not ok and names nothing");
  if (inFlight > 0) found.push(`the audit finds ${inFlight} orders in flight`);
  if (checked.orders !== orders) found.push(`the audit has checked ${checked.orders} orders of ${orders}`);
  return found;
}
