-- expect: conflict
-- Only the key was changed: when it is restored, the row that the application made gets all of the old values.
-- conflict: exists "public"."t" id = 1 
-- setup
create table t (id int primary key, v text, w numeric);
insert into t values (1, 'old', 1.10), (2, 'old', 2);
-- change
update t set id = id + 100;
-- application
insert into t values (1, 'app', 1.1);
