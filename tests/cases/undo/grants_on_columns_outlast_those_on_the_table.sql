-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
grant select (a) on t to case_reader;
grant update (a, b) on t to case_writer with grant option;
create view v as select id, a from t;
grant select (a) on v to case_reader;
-- change
grant select on t to case_reader;
grant update on t to case_writer with grant option;
grant select on v to case_reader;
