-- expect: settled
-- on conflict: restore
-- caveat: column order
-- conflict: deleted "public"."t" id = 2 -> restored
-- conflict: changed "public"."t" id = 3 v -> restored
-- setup
create table t (id int primary key, gone text not null, v text);
insert into t values (1, 'g1', 'v'), (2, 'g2', 'v'), (3, 'g3', 'v');
-- change
update t set v = 'plan';
alter table t drop column gone;
-- application
delete from t where id = 2;
update t set v = 'app' where id = 3;
-- expected
select 1;
