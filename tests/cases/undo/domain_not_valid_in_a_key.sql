-- expect: refused: check pos of its domain
-- setup
create domain d as int;
create table t (id d primary key, x int);
insert into t values (-1, 1), (2, 60);
alter domain d add constraint pos check (value > 0) not valid;
-- change
delete from t where id::int = -1;
