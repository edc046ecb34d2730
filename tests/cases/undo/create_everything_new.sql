-- expect: restored
-- caveat: not turned
-- setup
create table kept (id int primary key, v text);
-- change
create schema fresh;
create type fresh.mood as enum ('sad', 'glad');
create type fresh.pair as (a int, b text);
create domain fresh.positive as int check (value > 0);
create sequence fresh.numbers start 10;
create function fresh.twice(x int) returns int language sql immutable as 'select 2 * x';
create function fresh.touch() returns trigger language plpgsql as 'begin new.v := upper(new.v); return new; end';
create table fresh.t (id int primary key default fresh.twice(nextval('fresh.numbers')::int), m fresh.mood, p fresh.pair, n fresh.positive, v text);
create trigger touch before insert or update on fresh.t for each row execute function fresh.touch();
create index on fresh.t (fresh.twice(id));
create view fresh.v as select id, fresh.twice(id) as two from fresh.t;
create materialized view fresh.mv as select * from fresh.v;
create index on fresh.mv (id);
insert into fresh.t (m, p, n, v) values ('sad', (1, 'x'), 3, 'abc');
create procedure fresh.p() language sql as 'delete from fresh.t';
comment on schema fresh is 'new';
comment on type fresh.mood is 'mood';
comment on function fresh.twice(int) is 'double';
grant usage on schema fresh to case_reader;
grant select on all tables in schema fresh to case_reader;
