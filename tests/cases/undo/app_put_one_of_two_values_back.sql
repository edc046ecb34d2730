-- expect: restored
-- setup
create table t (id int primary key, v text, n numeric, kept text);
insert into t select i, 'v', 1.10, 'k' from generate_series(1, 6) i;
-- change
update t set v = 'new', n = 1.1;
-- application
update t set n = 1.10, kept = 'app' where id = 2;
update t set v = 'v' where id = 3;
update t set v = 'v', n = 1.10 where id = 4;
