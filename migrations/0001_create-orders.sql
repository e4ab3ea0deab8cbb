-- Up Migration

create schema orders;

create table orders.orders (
  id text primary key,
  principal_id text not null,
  status text not null,
  payment_method text not null,
  total_minor bigint,
  currency text,
  failure jsonb,
  metadata jsonb not null,
  correlation_id text not null,
  version integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  constraint orders_status_check check (
    status in (
      'pending', 'cart_validated', 'inventory_reserved', 'payment_processed', 'confirmed', 'fulfilled',
      'pending_inventory', 'pending_payment', 'compensating', 'failed', 'cancelled', 'refunded'
    )
  ),
  constraint orders_total_minor_check check (total_minor between 0 and 9007199254740991),
  constraint orders_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint orders_version_check check (version >= 1)
);

-- The lists: newest first, of everyone, of one principal, of one status.
create index orders_newest on orders.orders (created_at desc, id desc);
create index orders_principal_newest on orders.orders (principal_id, created_at desc, id desc);
create index orders_status_newest on orders.orders (status, created_at desc, id desc);
-- The sweep: what has not ended, by when it last moved. Stays small however many orders there are.
create index orders_open_updated on orders.orders (updated_at)
  where status in (
    'pending', 'cart_validated', 'inventory_reserved', 'payment_processed', 'pending_inventory', 'pending_payment', 'compensating'
  );

-- `version` is that of the order the line was taken from: a line older than its order is no longer part of it.
create table orders.order_items (
  order_id text not null,
  line_no integer not null,
  sku text not null,
  name text,
  quantity bigint not null,
  unit_price_minor bigint,
  line_total_minor bigint,
  version integer not null,
  constraint order_items_pkey primary key (order_id, line_no),
  constraint order_items_order_id_fkey foreign key (order_id) references orders.orders (id) on delete cascade,
  constraint order_items_line_no_check check (line_no >= 1),
  constraint order_items_quantity_check check (quantity >= 1),
  constraint order_items_unit_price_minor_check check (unit_price_minor between 0 and 9007199254740991),
  constraint order_items_line_total_minor_check check (line_total_minor between 0 and 9007199254740991),
  constraint order_items_version_check check (version >= 1)
);

create table orders.journal (
  order_id text not null,
  seq integer not null,
  step text not null,
  attempt integer not null,
  at timestamptz(3) not null,
  duration_ms double precision not null,
  outcome text not null,
  status text not null,
  cause text not null,
  detail text,
  stock jsonb not null,
  money jsonb,
  constraint journal_pkey primary key (order_id, seq),
  constraint journal_order_id_fkey foreign key (order_id) references orders.orders (id) on delete cascade,
  constraint journal_seq_check check (seq >= 1),
  constraint journal_attempt_check check (attempt >= 1),
  constraint journal_duration_ms_check check (duration_ms >= 0),
  constraint journal_outcome_check check (outcome in ('ok', 'refused', 'unknown')),
  constraint journal_status_check check (
    status in (
      'pending', 'cart_validated', 'inventory_reserved', 'payment_processed', 'confirmed', 'fulfilled',
      'pending_inventory', 'pending_payment', 'compensating', 'failed', 'cancelled', 'refunded'
    )
  )
);

-- Down Migration

drop table orders.journal;
drop table orders.order_items;
drop table orders.orders;
drop schema orders;
