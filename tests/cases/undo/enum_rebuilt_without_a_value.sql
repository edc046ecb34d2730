-- expect: restored
-- setup
create type mood as enum ('sad', 'glad', 'so so');
create table t (id int primary key, m mood not null default 'sad', n int);
insert into t values (1, 'sad'), (2, 'glad');
create index on t (m);
-- change
alter type mood rename to mood_old;
create type mood as enum ('sad', 'glad');
alter table t alter column m drop default;
alter table t alter column m type mood using m::text::mood;
alter table t alter column m set default 'glad';
drop type mood_old;
-- application
update t set n = 1 where id = 2;
