-- ATTACH PARTITION makes triggers in the state of those of the root by then; one that is made later is enabled.
-- expect: restored
-- setup
create function f() returns trigger language plpgsql as $$begin return new; end$$;
create table t (id int) partition by range (id);
create table t1 partition of t for values from (0) to (10);
create table t2 partition of t for values from (10) to (20);
create trigger g after insert on t for each row execute function f();
create table u (id int) partition by range (id);
create table u1 partition of u for values from (0) to (10);
create table u2 partition of u for values from (10) to (20) partition by range (id);
create table u21 partition of u2 for values from (10) to (15);
create trigger g after insert on u for each row execute function f();
alter table u disable trigger g;
alter table u21 enable always trigger g;
-- change
alter table t detach partition t1;
alter table t disable trigger g;
drop table t2;
alter table u detach partition u1;
drop table u2;
drop trigger g on u;
