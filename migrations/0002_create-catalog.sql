-- Up Migration

create schema catalog;

-- Listed in the order of its key; collation "C" makes that order the same on every server.
create table catalog.products (
  sku text collate "C" primary key,
  name text not null,
  price_minor bigint not null,
  currency text not null,
  version integer not null,
  updated_at timestamptz(3) not null,
  constraint products_price_minor_check check (price_minor between 0 and 9007199254740991),
  constraint products_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint products_version_check check (version >= 1)
);

-- Down Migration

drop table catalog.products;
drop schema catalog;
