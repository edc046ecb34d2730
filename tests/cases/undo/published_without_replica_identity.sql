-- expect: refused: published without a replica identity
-- setup
create table t (id int unique, v text);
create publication mine for table t;
-- change
insert into t values (1, 'a');
