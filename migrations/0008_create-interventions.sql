-- Up Migration

-- What people did about stuck money and stock by hand. Written before the deed, as `started`, and again with what became of it:
-- a row that stays `started` is a deed whose outcome nobody has heard of. `id` is the idempotency name of who asked and the key.
create table ops.interventions (
  id text primary key,
  principal_id text not null,
  action text not null,
  item_id text not null,
  item jsonb not null,
  outcome text not null,
  detail text,
  request_id text not null,
  correlation_id text not null,
  started_at timestamptz(3) not null default now(),
  ended_at timestamptz(3),
  constraint interventions_action_check check (action in ('finish', 'void', 'release')),
  constraint interventions_outcome_check check (outcome in ('started', 'done', 'under_way', 'refused'))
);

create index interventions_newest on ops.interventions (started_at desc, id desc);

-- Down Migration

drop table ops.interventions;
