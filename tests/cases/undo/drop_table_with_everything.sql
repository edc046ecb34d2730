-- expect: restored
-- superuser
grant case_writer to app_owner;
-- setup
create schema s;
create table parent (id int primary key);
create function touch() returns trigger language plpgsql as 'begin return new; end';
create table s."Odd ""name" (
  id bigint constraint pk primary key with (fillfactor = 80),
  a int not null default 5 constraint positive check (a > 0),
  b varchar(20) collate "C" default upper('x'),
  "C.d" numeric(10,2) unique deferrable initially deferred,
  p int references parent on delete cascade,
  during int4range, exclude using gist (during with &&)
) with (fillfactor = 70, toast.autovacuum_enabled = false);
alter table s."Odd ""name" alter column b set storage external, alter column b set compression pglz,
  alter column a set statistics 50, alter column a set (n_distinct = 7);
create index i on s."Odd ""name" (lower(b));
create index partial on s."Odd ""name" (p) include (a) where a > 5;
alter index s.i alter column 1 set statistics 77;
alter table s."Odd ""name" cluster on i;
alter table s."Odd ""name" add constraint not_yet check (a < 1000) not valid;
create unique index by_a on s."Odd ""name" (a);
alter table s."Odd ""name" replica identity using index by_a;
create statistics s.st (dependencies) on a, p from s."Odd ""name";
create trigger g before update on s."Odd ""name" for each row execute function touch();
create trigger h before insert on s."Odd ""name" for each row execute function touch();
alter table s."Odd ""name" disable trigger g;
alter table s."Odd ""name" enable always trigger h;
create rule r as on delete to s."Odd ""name" where old.a = 3 do instead nothing;
create policy mine on s."Odd ""name" for select to case_reader using (a > 0);
alter table s."Odd ""name" enable row level security;
comment on table s."Odd ""name" is 'the table';
comment on column s."Odd ""name".a is 'the column';
comment on constraint pk on s."Odd ""name" is 'the key';
comment on index s.i is 'the index';
comment on index s.pk is 'the index of the key';
comment on trigger g on s."Odd ""name" is 'the trigger';
comment on rule r on s."Odd ""name" is 'the rule';
comment on policy mine on s."Odd ""name" is 'the policy';
comment on statistics s.st is 'the statistics';
grant select on s."Odd ""name" to case_reader with grant option;
grant update (a, b) on s."Odd ""name" to case_reader;
revoke delete on s."Odd ""name" from app_owner;
-- change
drop table s."Odd ""name";
