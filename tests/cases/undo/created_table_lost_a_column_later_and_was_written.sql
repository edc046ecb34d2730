-- expect: conflict
-- conflict: rows "public"."t"
-- change
create table t (id int primary key, a int, b int); insert into t values (1, 2, 3);
-- change
alter table t drop column a;
-- application
update t set b = 4;
