-- expect: restored
-- setup
create table t (k numeric primary key, v text);
insert into t values (1.10, 'x'), (2.0, 'y');
create table c (id int primary key, k numeric references t on delete cascade);
insert into c values (1, 1.1), (2, 2);
-- change
update t set k = 1.1 where k = 1.1;
update t set k = 2 where v = 'y';
