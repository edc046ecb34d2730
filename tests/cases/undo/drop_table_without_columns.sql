-- expect: restored
-- setup
create table t ();
-- change
drop table t;
