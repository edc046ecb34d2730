-- expect: conflict
-- conflict: filled "public"."t" id = 1 w
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 5) i;
-- change
alter table t add column w text;
update t set w = 'plan' where id < 3;
-- application
update t set w = null where id = 1;
delete from t where id = 2;
insert into t values (10, 'app');
