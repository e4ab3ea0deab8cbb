import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Deadlines } from "../kernel/deadlines.ts";
import type { Destination, OutboxRow } from "../kernel/outbox.ts";
import { limits } from "./limits.ts";
import { destinations, type Sale } from "./sale.ts";

export interface SaleOptions {
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  /** null: there is no such order. May throw: the row cannot be read. */
  readonly saleOf: (row: OutboxRow) => Sale | null;
  /** As the outbox's: so many rows were due whose sales are told to nobody. */
  readonly onUnreadable: (destination: string, rows: number) => void;
}

/** The stock actors as a destination: a sale is done when each of its lines' actors has turned the hold into a sale. */
export function saleDestination(
  stock: (sku: string) => Pick<StockActorApi, "commit">,
  { deadlines, logger, saleOf, onUnreadable }: SaleOptions,
): Destination {
  /** A row that cannot be read must not keep the others, which are told, from being done: it waits, and the log says so. */
  const read = (row: OutboxRow): Sale | null => {
    try {
      const sale = saleOf(row);
      if (sale === null) throw new Error("there is no such order");
      return sale;
    } catch (error) {
      logger.error("a sale could not be read", { sale: row.id, error: describeError(error) });
      onUnreadable(destinations.stock, 1);
      return null;
    }
  };
  const deliver = async (row: OutboxRow): Promise<string | null> => {
    const sale = read(row);
    if (sale === null) return null;
    const commits = sale.lines.map((line) =>
      deadlines.within(stock(line.sku).commit(line), { deadlineMs: limits.stepDeadlineMs, what: `stock ${line.sku}` }),
    );
    const failed = (await Promise.allSettled(commits)).filter((result) => result.status === "rejected");
    for (const { reason } of failed) logger.error("a sale was not taken over", { sale: row.id, error: describeError(reason) });
    return failed.length === 0 ? row.id : null;
  };
  return {
    name: destinations.stock,
    needsNoBody: true,
    send: async (rows) => (await Promise.all(rows.map(deliver))).filter((id) => id !== null),
  };
}
