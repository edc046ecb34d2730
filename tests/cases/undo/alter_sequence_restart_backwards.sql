-- expect: restored
-- caveat: once
-- setup
create table t (id serial primary key);
insert into t select from generate_series(1, 20);
-- change
alter sequence t_id_seq restart;
-- application
select setval('t_id_seq', 7);
-- survives
select (select last_value from t_id_seq) >= 7
