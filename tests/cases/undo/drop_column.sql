-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, v text, n numeric default 1.10);
insert into t select i, 'v' || i, i * 1.10 from generate_series(1, 50) i;
update t set v = null where id % 3 = 0;
-- change
alter table t drop column v;
