-- expect: restored
-- setup
create table t (id int primary key, a int);
grant select on t to case_reader; grant insert on t to case_writer with grant option;
-- change
grant select on t to case_reader with grant option;
revoke grant option for insert on t from case_writer;
