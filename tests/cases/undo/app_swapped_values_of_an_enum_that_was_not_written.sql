-- expect: restored
-- caveat: once
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, n int, m mood);
insert into t values (1, 1, 'sad'), (2, 2, 'glad');
-- change
update t set n = n + 1;
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
