-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b'), (3, 'c');
-- change
update t set v = 'plan' where id = 1;
insert into t values (4, 'd'), (5, 'e');
delete from t where id = 2;
-- application
alter table t add column a int default 5;
alter table t add column b uuid default null, alter v type varchar(50);
