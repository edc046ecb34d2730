-- expect: conflict
-- conflict: rows "public"."t"
-- conflict: altered column "b" of "public"."t"
-- change
create table t (id int primary key, a int); insert into t values (1, 2);
-- application
alter table t add column b int default 5;
