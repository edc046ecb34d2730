-- expect: restored
-- setup
create domain d as int default 7;
create domain e as text not null;
create domain g as text;
create table t (id int primary key, v d, w e, x g);
insert into t values (1, 1, 'w', 'x');
-- change
alter domain d set default 8;
alter domain e drop not null;
alter domain g set not null;
alter domain g set default 'g';
update t set w = null;
