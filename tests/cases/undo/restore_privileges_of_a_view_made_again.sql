-- expect: settled
-- on conflict: restore
-- conflict: altered privileges, comments or settings of relation "public"."w" -> restored
-- setup
create table t (id int primary key, v int);
create view w as select id, v from t;
grant select on w to case_writer;
-- change
drop view w;
alter table t alter v type bigint;
create view w as select id, v from t;
grant select on w to case_writer;
-- application
grant select on w to case_reader;
