-- expect: restored
-- setup
create table t (id int primary key, a int);
create view v1 with (security_barrier) as select id, a from t;
create view v2 as select v1.id, x.a from v1 join t x using (id);
create function f() returns trigger language plpgsql as 'begin return null; end';
create trigger g instead of insert on v1 for each row execute function f();
comment on column v2.a is 'a';
alter view v1 alter column a set default 7;
grant select (id) on v2 to case_reader;
-- change
drop table t cascade;
