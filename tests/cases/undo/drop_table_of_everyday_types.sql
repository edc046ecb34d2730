-- expect: restored
-- setup
create type mood as enum ('sad', 'glad');
create domain positive as int check (value > 0);
create type point3 as (x int, y int, z int);
create table t (id bigserial primary key, m mood default 'sad', p positive not null, q point3, a text[], n numeric(12,3),
  ts timestamptz(3) default now(), iv interval day to second(2), j jsonb default '{}', c char(5), v varbit(7), r int4range, u uuid);
insert into t (p, q, a, n, c, r) values (5, row(1, 2, 3), '{a,NULL,"b c"}', 1.5, 'x', '[1,5)'), (6, null, '[2:3]={u,v}', null, null, 'empty');
-- change
drop table t;
