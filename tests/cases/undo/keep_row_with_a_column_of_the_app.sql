-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t" id = 4 mine -> kept
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b'), (3, 'c');
-- change
update t set v = 'plan' where id = 1;
insert into t values (4, 'd'), (5, 'e');
delete from t where id = 2;
-- application
alter table t add column mine int;
update t set mine = 7 where id = 4;
-- expected
alter table t add column mine int;
insert into t values (4, 'd', 7);
