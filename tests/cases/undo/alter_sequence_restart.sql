-- expect: restored
-- caveat: sequence position
-- setup
create table t (id serial primary key);
insert into t default values;
-- change
alter sequence t_id_seq restart with 100;
