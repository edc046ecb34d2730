-- expect: restored
-- setup
create schema s;
create table s.t (id int primary key);
insert into s.t values (1);
grant usage on schema s to case_reader;
-- change
alter schema s rename to s_old;
create schema s;
create table s.t (id int primary key, v text);
insert into s.t select id, 'x' from s_old.t;
grant usage on schema s to case_reader;
