-- expect: restored
-- setup
create table t (id int primary key, n int generated always as identity);
insert into t values (1), (2);
-- change
alter table t drop column n;
