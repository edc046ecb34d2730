-- expect: conflict: unique
-- setup
create table t (id int primary key, code text unique);
insert into t values (1, 'a'), (2, 'b');
-- change
update t set code = 'c' where id = 2;
-- application
insert into t values (3, 'b');
