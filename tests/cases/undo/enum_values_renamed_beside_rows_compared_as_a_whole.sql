-- expect: refused: renamed in a step that also wrote rows
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, m mood, a int);
insert into t values (1, 'sad', 1), (2, 'glad', 2);
-- change
alter table t disable trigger user;
update t set m = 'glad' where id = 1;
alter type mood rename value 'glad' to 'happy';
