-- expect: conflict
-- conflict: altered column "mine" of "public"."n"
-- conflict: altered index "ni" of "public"."n"
-- conflict: altered trigger "tg" of "public"."n"
-- conflict: altered constraint "positive" of "public"."n"
-- conflict: altered index "mi" of "public"."m"
-- setup
create function tf() returns trigger language plpgsql as 'begin return new; end';
-- change
create table n (id serial primary key, v varchar check (v in ('a', 'b')) unique);
create index on n (v, id);
create materialized view m as select 1 as a;
create index on m (a);
-- application
alter table n add column mine text;
create index ni on n (v);
create trigger tg before insert on n for each row execute function tf();
alter table n add constraint positive check (id > 0);
create index mi on m (a);
