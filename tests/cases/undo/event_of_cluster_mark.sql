-- expect: restored
-- setup
create table t (id int primary key, a int);
create index i on t (a);
alter table t cluster on i;
-- change
alter table t cluster on t_pkey;
