-- Up Migration

alter table payments.payments
  add column attempt integer not null default 1,
  add column reference text,
  add column refunded_minor bigint not null default 0,
  drop constraint payments_status_check,
  add constraint payments_status_check check (
    status in ('none', 'unknown', 'captured', 'declined', 'voided', 'partially_refunded', 'refunded')
  ),
  add constraint payments_attempt_check check (attempt >= 1),
  add constraint payments_refunded_minor_check check (refunded_minor between 0 and amount_minor);

-- What was asked of the provider and what it said, from the order's own events; `version` is the order's.
create table payments.refunds (
  id text primary key,
  order_id text not null,
  payment_id text not null,
  amount_minor bigint not null,
  currency text not null,
  status text not null,
  reason text not null,
  detail text,
  version integer not null,
  created_at timestamptz(3) not null,
  constraint refunds_order_id_fkey foreign key (order_id) references orders.orders (id) on delete cascade,
  constraint refunds_payment_id_fkey foreign key (payment_id) references payments.payments (id) on delete cascade,
  constraint refunds_amount_minor_check check (amount_minor between 0 and 9007199254740991),
  constraint refunds_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint refunds_status_check check (status in ('pending', 'succeeded', 'refused')),
  constraint refunds_version_check check (version >= 1)
);

create index refunds_order on payments.refunds (order_id, created_at);
create index refunds_payment on payments.refunds (payment_id);
-- Money that somebody still waits for, or never got: few, however many refunds there are.
create index refunds_not_succeeded on payments.refunds (created_at) where status in ('pending', 'refused');

-- Down Migration

drop table payments.refunds;

-- The release before this one knows neither; the orders' own events still say what it was.
update payments.payments set status = case status when 'voided' then 'none' else 'captured' end
  where status in ('voided', 'partially_refunded', 'refunded');

alter table payments.payments
  drop constraint payments_refunded_minor_check,
  drop constraint payments_attempt_check,
  drop constraint payments_status_check,
  add constraint payments_status_check check (status in ('none', 'unknown', 'captured', 'declined')),
  drop column refunded_minor,
  drop column reference,
  drop column attempt;
