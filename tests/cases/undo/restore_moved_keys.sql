-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."t" id = 103 v -> restored
-- conflict: exists "public"."t" id = 1 -> restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b'), (3, 'c');
-- change
update t set id = id + 100;
-- application
update t set v = 'app' where id = 103;
insert into t values (1, 'new');
-- expected
select 1;
