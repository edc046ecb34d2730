-- expect: refused: no column is left by which its rows could be told
-- setup
create table t ();
-- change
insert into t default values;
