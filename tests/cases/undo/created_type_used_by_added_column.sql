-- expect: restored
-- setup
create table t (id int primary key);
insert into t values (1), (2);
-- change
create type mood as enum ('sad', 'glad');
alter table t add column m mood not null default 'sad';
update t set m = 'glad' where id = 1;
