-- expect: restored
-- setup
create domain d as int;
create table t (id int primary key, x d);
insert into t values (1, 1), (2, 60);
-- change
alter domain d add constraint dk check (value > 40) not valid;
-- change
update t set x = 50 where x <= 40;
-- change
alter domain d validate constraint dk;
