-- Up Migration

create schema payments;

-- One payment for each order, from the order's own events; `version` is the order's.
create table payments.payments (
  id text primary key,
  order_id text not null,
  status text not null,
  method text not null,
  amount_minor bigint not null,
  currency text,
  version integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  constraint payments_order_id_key unique (order_id),
  constraint payments_order_id_fkey foreign key (order_id) references orders.orders (id) on delete cascade,
  constraint payments_status_check check (status in ('none', 'unknown', 'captured', 'declined')),
  constraint payments_amount_minor_check check (amount_minor between 0 and 9007199254740991),
  constraint payments_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint payments_version_check check (version >= 1)
);

-- Down Migration

drop table payments.payments;
drop schema payments;
