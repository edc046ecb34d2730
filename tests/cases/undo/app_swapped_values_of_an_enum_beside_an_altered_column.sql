-- expect: restored
-- caveat: once
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, n int default 1, m mood default 'sad');
insert into t values (1, 1, 'sad');
-- change
alter table t alter n drop default;
alter table t add column x int;
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
