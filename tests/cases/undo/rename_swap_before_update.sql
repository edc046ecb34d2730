-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
insert into t select i, i, -i from generate_series(1, 10) i;
-- change
alter table t rename column a to x; alter table t rename column b to a; alter table t rename column x to b;
update t set a = 100 where id < 3;
alter table t rename column a to x; alter table t rename column b to a; alter table t rename column x to b;
update t set a = 7 where id = 5;
