-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t" id = 103 v -> kept
-- conflict: exists "public"."t" id = 1 -> kept
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b'), (3, 'c');
-- change
update t set id = id + 100;
-- application
update t set v = 'app' where id = 103;
insert into t values (1, 'new');
-- expected
update t set v = 'new' where id = 1;
insert into t values (103, 'app');
