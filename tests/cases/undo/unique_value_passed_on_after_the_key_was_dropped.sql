-- expect: restored
-- setup
create table t (id int primary key, u int unique, v text);
insert into t values (1, 1, 'a'), (2, 2, 'b');
-- change
alter table t drop constraint t_pkey;
update t set u = null where id = 1;
-- change
update t set u = 1 where id = 2;
