-- expect: restored
-- setup
create schema s;
create type mood as enum ('a');
create type other as enum ('o');
create table t (id int primary key, m mood, ms mood[]);
insert into t values (1, 'a', '{a}');
-- change
alter type mood set schema s;
alter type s.mood rename to feeling;
alter type other rename to mood;
comment on type s.feeling is 'f';
grant usage on type s.feeling to case_reader;
update t set m = null;
