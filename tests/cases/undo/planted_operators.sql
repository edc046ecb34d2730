-- expect: restored
-- setting: search_path = evil, public
-- setup
create schema evil;
create function evil.lie(int, int) returns bool language sql immutable as 'select true';
create operator evil.= (leftarg = int, rightarg = int, function = evil.lie);
create function evil.count(text) returns bigint language sql as 'select 0::bigint';
create table evil.pg_class (oid int); create table evil.t (id int primary key, v text);
create table public.t (id int primary key, v text);
insert into evil.t select i, 'e' || i from generate_series(1, 5) i; insert into public.t select i, 'p' || i from generate_series(1, 5) i;
-- change
update t set v = 'x' where id > 3;
update public.t set v = 'y' where id > 2;
