-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, i::text, 'w' from generate_series(1, 30) i;
-- change
alter table t drop column v;
alter table t add column v int;
update t set v = id;
