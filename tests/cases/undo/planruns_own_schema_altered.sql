-- expect: refused: planrun's own
-- setup
create table t (id int);
-- change
alter table planrun.step add column x int;
