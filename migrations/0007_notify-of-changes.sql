-- Up Migration

-- An order can be confirmed, and then be cancelled, or shipped, or refunded: each once, and its customer is told of each once.
drop index ops.notifications_one_per_outcome;
create unique index notifications_one_per_outcome on ops.notifications (order_id, kind)
  where kind in ('order.confirmed', 'order.failed', 'order.cancelled', 'order.fulfilled', 'order.refunded');

-- Down Migration

drop index ops.notifications_one_per_outcome;
create unique index notifications_one_per_outcome on ops.notifications (order_id, kind)
  where kind in ('order.confirmed', 'order.failed');
