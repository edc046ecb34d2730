-- expect: restored
-- What is written to pg_attribute at the table in view is less than the server counted: the rest is looked for.
-- setup
create table t (id int primary key, a int);
create table other (id int primary key, b int);
insert into t values (1, 1);
-- change
alter table t alter column a set statistics 50;
do $$ begin execute 'grant select (b) on other to case_reader'; end $$;
-- application
insert into t values (2, 2);
