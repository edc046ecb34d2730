-- expect: restored
-- setting: array_nulls = off
-- setup
create type e as enum ('a', 'b');
create table c (id int primary key, v e[], w int[], x text[]);
insert into c values (1, array['a', null]::e[], array[1, null], array['x', null]), (2, '{b}', '{1}', '{y}');
-- change
update c set v = '{b}', w = '{2}', x = array['q', null] where id = 1;
delete from c where id = 2;
-- change
delete from c where id = 1;
