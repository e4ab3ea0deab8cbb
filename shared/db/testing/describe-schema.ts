import type { PGlite } from "@electric-sql/pglite";

/** Everything the migrations may make, as Postgres itself writes it: one line each, sorted. `in_schemas` are theirs alone. */
export async function describeSchema(pglite: PGlite): Promise<string[]> {
  const { rows } = await pglite.query<{ line: string }>(`
    with in_schemas as (
      select oid, nspname from pg_namespace
      where nspname !~ '^(pg_|information_schema$|drizzle_)' and nspname <> 'public'
    )
    select 'schema ' || nspname as line from in_schemas
    union all
    select format('column %s.%s.%s %s%s%s', nspname, relname, attname, format_type(atttypid, atttypmod),
        case when attnotnull then ' not null' else '' end,
        coalesce(' default ' || pg_get_expr(adbin, adrelid), ''))
      from pg_attribute join pg_class on pg_class.oid = attrelid join in_schemas on in_schemas.oid = relnamespace
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v', 'm', 'S')
    union all
    select format('constraint %s.%s %s %s', nspname, conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid))
      from pg_constraint join in_schemas on in_schemas.oid = connamespace where contype <> 'n'
    union all
    select format('index %s.%s %s', nspname, relname, pg_get_indexdef(indexrelid))
      from pg_index join pg_class on pg_class.oid = indexrelid join in_schemas on in_schemas.oid = relnamespace
    union all
    select format('trigger %s.%s', nspname, pg_get_triggerdef(pg_trigger.oid))
      from pg_trigger join pg_class on pg_class.oid = tgrelid join in_schemas on in_schemas.oid = relnamespace where not tgisinternal
    union all
    select format('function %s.%s', nspname, proname) from pg_proc join in_schemas on in_schemas.oid = pronamespace
    union all
    select format('type %s.%s', nspname, typname) from pg_type join in_schemas on in_schemas.oid = typnamespace where typtype in ('e', 'd')
    order by 1`);
  return rows.map(({ line }) => line);
}
