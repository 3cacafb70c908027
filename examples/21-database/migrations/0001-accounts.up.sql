-- table account is not there
create table "account" (
  "id" integer primary key autoincrement,
  "owner" varchar(40) not null,
  "cents" integer not null default 0,
  "version" integer not null default 1,
  "deleted_at" timestamp
);
create unique index "account_owner_key" on "account" ("owner");
