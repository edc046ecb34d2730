-- expect: restored
-- setup
create table t (id int unique, v text);
create table only_inserts (v text);
alter table t replica identity full;
create publication mine for table t;
create publication other for table only_inserts with (publish = 'insert');
-- change
insert into t values (1, 'a');
insert into only_inserts values ('b');
