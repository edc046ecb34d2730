-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
alter table t add constraint positive check (a > 0);
create index i on t (a);
-- change
alter table t rename constraint positive to old_positive;
alter table t add constraint positive check (a > 0 and b > 0);
alter index i rename to j;
create index i on t (b);
