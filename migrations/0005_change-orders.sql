-- Up Migration

-- What happens to an order after it was placed. Every default is what an order from before has, so the release before this one
-- can go on writing while this one is being deployed.
alter table orders.orders
  add column cancellation jsonb,
  add column hold_expires_at timestamptz(3),
  add column settled boolean not null default true;

alter table orders.order_items
  add column fulfilled_quantity bigint not null default 0,
  add column returned_quantity bigint not null default 0,
  add constraint order_items_fulfilled_quantity_check check (fulfilled_quantity between 0 and quantity),
  add constraint order_items_returned_quantity_check check (returned_quantity between 0 and fulfilled_quantity);

-- The sweep: what has not ended, and what has ended and still owes a refund or a return.
drop index orders.orders_open_updated;
create index orders_open_updated on orders.orders (updated_at)
  where status in (
    'pending', 'cart_validated', 'inventory_reserved', 'payment_processed', 'pending_inventory', 'pending_payment', 'compensating'
  ) or not settled;

-- Down Migration

drop index orders.orders_open_updated;
create index orders_open_updated on orders.orders (updated_at)
  where status in (
    'pending', 'cart_validated', 'inventory_reserved', 'payment_processed', 'pending_inventory', 'pending_payment', 'compensating'
  );

alter table orders.order_items
  drop constraint order_items_returned_quantity_check,
  drop constraint order_items_fulfilled_quantity_check,
  drop column returned_quantity,
  drop column fulfilled_quantity;

alter table orders.orders
  drop column settled,
  drop column hold_expires_at,
  drop column cancellation;
