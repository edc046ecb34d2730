-- expect: restored
-- setup
create domain d as int;
create table t (id int primary key, v d);
insert into t values (1, 1);
alter domain d add constraint c check (value > 0) not valid;
comment on constraint c on domain d is 'c';
-- change
alter domain d validate constraint c;
