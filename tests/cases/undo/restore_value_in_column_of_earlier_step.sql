-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."t" id = 2 c -> restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'v'), (2, 'v');
-- change
alter table t add c text;
-- change
update t set c = 'plan';
-- application
update t set c = 'app' where id = 2;
-- expected
select 1;
