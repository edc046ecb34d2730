-- What is set of the root alone does not reach its partitions, which come back into their places before it is set.
-- expect: restored
-- setup
create function f() returns trigger language plpgsql as $$begin return new; end$$;
create table t (id int primary key, k int default 1, v text) partition by range (id);
create table t1 partition of t for values from (0) to (10);
create table t2 partition of t for values from (10) to (20) partition by range (id);
create table t21 partition of t2 for values from (10) to (15);
create trigger g after insert on t for each row execute function f();
alter table t disable trigger g;
alter table t21 enable always trigger g;
alter table only t enable replica trigger g;
alter table only t alter k set statistics 20, alter v set storage main, alter k set (n_distinct_inherited = 4);
alter table only t alter k drop default;
alter table t1 alter k set statistics 50;
insert into t (id) values (3), (12);
create table base (id int primary key, k int, v text);
create table child (id int not null, k int, v text) inherits (base);
alter table only base alter k set statistics 20, alter v set storage main;
-- change
drop table t;
drop table base cascade;
