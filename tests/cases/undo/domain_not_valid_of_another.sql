-- expect: refused: check pos of its domain
-- superuser
create domain d as int;
grant usage on type d to public;
-- setup
create table t (id int primary key, x d);
insert into t values (1, -1), (2, 60);
-- superuser
alter domain d add constraint pos check (value > 0) not valid;
-- change
update t set x = 1 where id = 1;
