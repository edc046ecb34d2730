-- expect: restored
-- setup
create table t (id int primary key, v int);
insert into t values (1, 1);
-- change
create function pg_temp.twice(int) returns int language sql as 'select 2 * $1';
create type pg_temp.mood as enum ('a');
create domain pg_temp.d as int check (value > 0);
create view pg_temp.w as select id from t;
update t set v = pg_temp.twice(v);
