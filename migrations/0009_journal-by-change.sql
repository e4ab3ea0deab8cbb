-- Up Migration

-- The journal is kept as it is told: one row for the entries of one change. `orders.journal` stays what is asked for the entries, each
-- by itself. What was written before stays where it is, under another name: nothing is copied while orders come in.
-- The orders are locked first, as the projector does, so neither can wait for the other for ever.
lock table orders.orders in share row exclusive mode;
alter table orders.journal rename to journal_entries;

-- `entries` as the wire has them, without a gap; `first_seq` is the first one's.
create table orders.journal_changes (
  order_id text not null,
  first_seq integer not null,
  entries json not null,
  constraint journal_changes_pkey primary key (order_id, first_seq),
  constraint journal_changes_order_id_fkey foreign key (order_id) references orders.orders (id) on delete cascade,
  constraint journal_changes_first_seq_check check (first_seq >= 1),
  constraint journal_changes_entries_check check (json_typeof(entries) = 'array')
);

-- Each entry once, also when both releases have written the same event.
create view orders.journal as
  select distinct on (order_id, seq)
    order_id, seq, step, attempt, at, duration_ms, outcome, status, cause, detail, stock, money
  from (
    select change.order_id, entry.seq, entry.step, entry.attempt, entry.at, entry.duration_ms, entry.outcome, entry.status,
      entry.cause, entry.detail, entry.stock, entry.money
    from orders.journal_changes as change, json_to_recordset(change.entries) as entry (
      seq integer, step text, attempt integer, at timestamptz(3), duration_ms double precision, outcome text, status text,
      cause text, detail text, stock jsonb, money jsonb
    )
    union all
    select order_id, seq, step, attempt, at, duration_ms, outcome, status, cause, detail, stock, money from orders.journal_entries
  ) as entry
  order by order_id, seq;

-- The release before this one goes on writing entries while this one is being deployed.
create function orders.keep_journal_entry() returns trigger language plpgsql as $$
begin
  insert into orders.journal_entries select new.* on conflict do nothing;
  return new;
end
$$;

create trigger journal_keep_entry instead of insert on orders.journal
  for each row execute function orders.keep_journal_entry();

-- Down Migration

-- Nobody writes between the copy and the end of what is copied. The Workers go back first: what they would write then, waits in the queue.
-- The view is locked with both of its tables, and before them: who reads it takes it first, and would wait for a table while it is dropped.
lock table orders.orders in access exclusive mode;
lock table orders.journal in access exclusive mode;
insert into orders.journal_entries select * from orders.journal on conflict do nothing;
drop view orders.journal;
drop function orders.keep_journal_entry();
drop table orders.journal_changes;
alter table orders.journal_entries rename to journal;
