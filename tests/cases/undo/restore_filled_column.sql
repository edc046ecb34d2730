-- expect: settled
-- on conflict: restore
-- conflict: filled "public"."t" id = 2 c -> restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'v'), (2, 'v');
-- change
alter table t add c text default 'plan';
-- application
update t set c = 'app', v = 'app' where id = 2;
-- expected
update t set v = 'app' where id = 2;
