-- expect: restored
-- setting: array_nulls = off
-- setup
create type e as enum ('a', 'b');
create domain d as text check (value <> 'NULL');
create table c (id int, v e[], x d[]);
insert into c values (1, array['a', null]::e[], array['z', null]::d[]), (2, '{b}', '{y}');
-- change
update c set v = '{b}', x = '{k}' where id = 1;
delete from c where id = 2;
