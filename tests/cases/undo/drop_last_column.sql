-- expect: restored
-- setup
create table t (id int primary key, v text, n numeric(10,2) default 1.10);
insert into t select i, 'v' || i, i * 1.10 from generate_series(1, 50) i;
-- change
alter table t drop column n;
