-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 100) i;
-- change
alter table t add column upper_v text;
update t set upper_v = upper(v);
alter table t alter column upper_v set not null;
