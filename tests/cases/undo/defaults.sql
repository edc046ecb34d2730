-- expect: restored
-- setup
create function three() returns int language sql as 'select 3';
create table t (id int primary key, a int default 1, b text default 'x', c timestamptz, d int default three());
-- change
create function four() returns int language sql as 'select 4';
alter table t alter column a set default 2, alter column b drop default, alter column c set default now(), alter column d set default four();
