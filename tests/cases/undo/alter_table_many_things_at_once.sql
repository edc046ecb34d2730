-- expect: restored
-- setup
create table t (id int primary key, a int default 5, b text not null, c int check (c > 0)) with (fillfactor = 90);
create index i on t (a);
insert into t values (1, 1, 'x', 1), (2, 2, 'y', 2);
-- change
alter table t add column d int default 9, add constraint u unique (a), alter column a drop default, alter column b drop not null,
  drop constraint t_c_check, alter column b set statistics 5, alter column b set storage external, cluster on i,
  set (fillfactor = 50), replica identity full, enable row level security;
