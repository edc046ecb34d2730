-- expect: restored
-- setup
create type mood as enum ('a');
create table t (id int primary key, m mood);
insert into t values (1, 'a');
-- change
alter table t drop column m;
drop type mood;
