-- expect: restored
-- setup
create table t (id int primary key, v varchar(10));
insert into t values (1, '007');
-- change
alter table t alter column v type int using v::int;
