-- expect: restored
-- setup
create table t (id int primary key, name text not null);
insert into t values (1, 'a');
alter table t cluster on t_pkey;
-- change
alter table t drop constraint t_pkey;
alter table t add primary key (name);
