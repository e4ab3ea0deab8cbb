/** Wire messages of the database, read into one result for each statement. */
import { messages as wire, type ExecProtocolResult } from "@electric-sql/pglite";
import { SqlError, type SqlField, type SqlResult } from "./backend.ts";

export type WireMessage = ExecProtocolResult["messages"][number];

/**
 * @returns One result for each statement that ran, in their order.
 * @throws SqlError when any statement was refused, also one whose results came before the refusal (a deferred constraint).
 */
export function readResults(messages: readonly WireMessage[]): readonly SqlResult[] {
  const results: SqlResult[] = [];
  let fields: readonly SqlField[] = [];
  let rows: (string | null)[][] = [];
  for (const message of messages) {
    if (message instanceof wire.DatabaseError) throw new SqlError(message.message, message);
    else if (message instanceof wire.RowDescriptionMessage) fields = message.fields.map(describeField);
    else if (message instanceof wire.DataRowMessage) rows.push(message.fields);
    else if (message instanceof wire.CommandCompleteMessage || message.name === "emptyQuery") {
      results.push({ ...readTag(message instanceof wire.CommandCompleteMessage ? message.text : ""), fields, rows });
      fields = [];
      rows = [];
    }
  }
  return results;
}

function describeField(field: wire.Field): SqlField {
  const { name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier } = field;
  return { name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier, format: "text" };
}

/** `INSERT 0 5` is an INSERT of 5 rows; `CREATE TABLE` counts none. */
function readTag(tag: string): Pick<SqlResult, "command" | "rowCount"> {
  const count = /\s(\d+)$/.exec(tag)?.[1];
  return { command: tag.split(" ", 1)[0] ?? "", rowCount: count === undefined ? null : Number(count) };
}
