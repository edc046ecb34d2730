-- expect: conflict
-- conflict: exists "public"."t" id = 2
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 5) i;
-- change
delete from t where id < 4;
-- application
insert into t values (2, 'v2');
