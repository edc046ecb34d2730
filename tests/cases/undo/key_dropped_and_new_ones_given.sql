-- expect: restored
-- setup
create table t (id int primary key, v text, w text);
insert into t values (1, 'a', 'x'), (2, 'b', 'y');
-- change
alter table t drop constraint t_pkey, drop column w;
insert into t values (3, 'c');
update t set v = 'z' where id = 1;
