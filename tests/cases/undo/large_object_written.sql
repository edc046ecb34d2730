-- expect: refused: large objects
-- setup
create table t (id int primary key);
select lo_from_bytea(4711, '\x00');
-- change
select lo_put(4711, 0, '\xff');
