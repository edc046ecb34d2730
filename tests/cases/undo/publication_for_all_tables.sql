-- expect: restored
-- setup
create table t (id int primary key, v text);
create table keyless (v text);
insert into t values (1, 'a'), (2, 'b');
-- superuser
create publication everything for all tables;
-- change
update t set v = v || '!';
delete from t where id = 2;
alter table t add column w int default 1;
create table fresh (id int primary key);
-- application
insert into t (id, v) values (3, 'c');
