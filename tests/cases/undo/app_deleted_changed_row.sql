-- expect: conflict
-- conflict: deleted "public"."t" id = 2
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 5) i;
-- change
update t set v = 'x' where id < 4;
-- application
delete from t where id in (2, 5);
