-- expect: refused: several rows have the same one
-- setup
create table t (id int primary key, v text, w text);
insert into t values (1, 'a', 'x'), (2, 'b', 'y');
-- change
alter table t drop constraint t_pkey, drop column w;
update t set id = 1 where id = 2;
