-- expect: refused: large objects
-- setup
create table t (id int);
-- change
select lo_create(0);
