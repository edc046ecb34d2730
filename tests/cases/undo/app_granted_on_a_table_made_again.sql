-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."t"
-- setup
create table t (id int primary key, v int);
insert into t values (1, 1);
-- change
drop table t;
create table t (id bigint primary key, v int);
-- application
grant select on t to case_reader;
