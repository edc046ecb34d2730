-- expect: restored
-- setup
create table t (id int not null, a int, v int);
insert into t values (1, 1, 1);
create function f() returns bigint begin atomic select sum(a) as s from t; end;
create function g() returns bigint begin atomic select f() as s; end;
create function h() returns setof int begin atomic select 1 as a; end;
create function k() returns int return 1;
-- change
alter table t add b int, add primary key (id);
update t set b = a;
create type mood as enum ('good');
create function l() returns int return 2;
create or replace function f() returns bigint begin atomic select sum(b) as s from t; end;
create or replace function g() returns bigint begin atomic select f() + max(b) + l() as s from t; end;
create or replace function h() returns setof int begin atomic select v from t group by id; end;
create or replace function k() returns int return length('good'::mood::text);
alter table t drop a;
-- caveat: column order
