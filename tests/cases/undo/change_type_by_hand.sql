-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, '0' || i, 'w' from generate_series(1, 30) i;
-- change
alter table t add column v_new int;
update t set v_new = v::int;
alter table t drop column v;
alter table t rename column v_new to v;
