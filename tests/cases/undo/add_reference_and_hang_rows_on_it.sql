-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t add column parent int references t (id);
insert into t values (4, 'b', 1);
update t set v = 'c', parent = 4 where id = 1;
