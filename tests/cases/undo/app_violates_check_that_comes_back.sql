-- expect: conflict: check
-- setup
create table t (id int primary key, n int constraint positive check (n > 0));
insert into t values (1, 1);
-- change
alter table t drop constraint positive;
-- application
insert into t values (2, -1);
