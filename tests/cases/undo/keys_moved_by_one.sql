-- expect: restored
-- setup
create table t (id int primary key deferrable, v text);
insert into t select i, 'v' || i from generate_series(1, 20) i;
alter table t drop constraint t_pkey, add primary key (id);
-- change
update t set id = -id;
update t set id = 1 - id;
