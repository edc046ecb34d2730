-- expect: conflict
-- conflict: changed "public"."t" id = 102 mine
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
-- change
update t set id = id + 100;
-- application
alter table t add column mine int;
update t set mine = 7 where id = 102;
