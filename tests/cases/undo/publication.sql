-- expect: refused: a publication
-- setup
create table t (id int primary key);
-- change
create publication p for table t;
