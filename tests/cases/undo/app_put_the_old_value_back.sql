-- expect: restored
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, 'v' || i, 'w' || i from generate_series(1, 5) i;
-- change
update t set v = upper(v), w = null;
-- application
update t set v = 'v2' where id = 2;
update t set v = 'v3', w = 'w3' where id = 3;
