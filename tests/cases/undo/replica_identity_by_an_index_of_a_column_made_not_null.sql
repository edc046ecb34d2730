-- expect: restored
-- setup
create table t (id int primary key, u int);
create unique index t_u on t (u);
insert into t values (1, 1), (2, null);
-- change
update t set u = 0 where u is null;
alter table t alter u set not null;
alter table t replica identity using index t_u;
