-- expect: refused: several rows have the same one
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
-- change
alter table t drop constraint t_pkey;
insert into t values (2, 'c');
