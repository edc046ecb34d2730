-- The value could stay where the later step wrote it, but the earlier one made its column.
-- expect: conflict
-- on conflict: keep
-- conflict: filled "public"."t" id = 2 c
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'v'), (2, 'v');
-- change
alter table t add c text;
-- change
update t set c = 'plan';
-- application
update t set c = 'app' where id = 2;
