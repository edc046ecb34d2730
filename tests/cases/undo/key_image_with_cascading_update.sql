-- expect: refused: stayed equal
-- setup
create table t (k numeric primary key, v text);
insert into t values (1.10, 'x');
create table c (id int primary key, k numeric references t on update cascade);
insert into c values (1, 1.100);
-- change
update t set k = 1.1;
