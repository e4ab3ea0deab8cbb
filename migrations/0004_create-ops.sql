-- Up Migration

create schema ops;

-- No foreign key to the order: a notification may be sent before the order has been projected.
create table ops.notifications (
  id text primary key,
  kind text not null,
  recipient text not null,
  subject text not null,
  message text not null,
  order_id text,
  provider text not null,
  request_id text not null,
  correlation_id text not null,
  sent_at timestamptz(3) not null default now()
);

-- An order ends once, and its customer is told once, whichever event says so.
create unique index notifications_one_per_outcome on ops.notifications (order_id, kind)
  where kind in ('order.confirmed', 'order.failed');
create index notifications_newest on ops.notifications (sent_at desc, id desc);

-- `queue` is the queue the message was sent to, not its dead-letter queue. `body` is null for a message without one.
create table ops.dead_letters (
  queue text not null,
  message_key text not null,
  body jsonb,
  reason text,
  attempts integer not null,
  times integer not null,
  request_id text,
  correlation_id text,
  first_seen_at timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now(),
  constraint dead_letters_pkey primary key (queue, message_key),
  constraint dead_letters_attempts_check check (attempts >= 0),
  constraint dead_letters_times_check check (times >= 1)
);

create index dead_letters_newest on ops.dead_letters (last_seen_at desc, queue, message_key);

-- Down Migration

drop table ops.dead_letters;
drop table ops.notifications;
drop schema ops;
