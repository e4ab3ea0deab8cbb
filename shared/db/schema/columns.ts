/** Column kinds and checks that several tables share. */
import { sql, type SQL } from "drizzle-orm";
import { bigint, check, customType, type AnyPgColumn, type CheckBuilder } from "drizzle-orm/pg-core";

/** A moment as the wire writes it (RFC 3339, UTC, milliseconds), in a column that keeps exactly that precision. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => "timestamp(3) with time zone",
  fromDriver: (text) => new Date(text).toISOString(),
});

/** A whole number up to 2^53 - 1: amounts in minor units, quantities. */
export const integer53 = <Name extends string>(name: Name) => bigint(name, { mode: "number" });

/** `<table>_<column>_check`: 0 to 2^53 - 1, so that every amount that is read is a safe integer. */
export const amountCheck = (name: string, column: AnyPgColumn): CheckBuilder =>
  check(name, sql`${column} between 0 and ${sql.raw(String(Number.MAX_SAFE_INTEGER))}`);

export const atLeast = (name: string, column: AnyPgColumn, minimum: 0 | 1): CheckBuilder =>
  check(name, sql`${column} >= ${sql.raw(String(minimum))}`);

/** `<table>_<column>_check`: from nothing to as much as another column of the row says. */
export const notAbove = (name: string, column: AnyPgColumn, limit: AnyPgColumn): CheckBuilder =>
  check(name, sql`${column} between 0 and ${limit}`);

export const currencyCheck = (name: string, column: AnyPgColumn): CheckBuilder => check(name, sql`${column} ~ '^[A-Z]{3}$'`);

export const oneOf = (name: string, column: AnyPgColumn, values: readonly string[]): CheckBuilder => check(name, isOneOf(column, values));

/** `column in ('a', 'b')`, spelled out, as checks and partial indexes need it. */
export const isOneOf = (column: AnyPgColumn, values: readonly string[]): SQL =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;
