-- expect: restored
-- setup
create schema s;
create table t (id serial primary key);
-- change
alter sequence t_id_seq owned by none;
alter table t set schema s;
