-- expect: restored
-- setup
create table t (id int primary key, k numeric unique, v text);
insert into t values (1, 1.10, 'x'), (2, 2, 'y');
create table c (id int primary key, k numeric references t (k) on update cascade);
insert into c values (1, 1.10);
-- change
update t set k = 5 where id = 1;
