-- expect: restored
-- setup
create table t (id int primary key, big text, other text, v int);
alter table t alter column other set storage external;
insert into t select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 400) j), repeat('x', 9000), i from generate_series(1, 5) i;
-- change
update t set v = v + 1;
update t set big = big || '!' where id = 2;
delete from t where id = 3;
-- application
update t set other = 'short' where id = 1;
