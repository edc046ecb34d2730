-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 100) i;
-- change
alter table t add column w text;
-- change
update t set w = upper(v), v = v || '!' where id % 2 = 0;
-- change
alter table t alter column w set default 'x';
insert into t (id, v) values (200, 'new');
-- change
update t set w = w || '?' where id > 50;
