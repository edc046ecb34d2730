-- expect: restored
-- setup
create schema side;
create table t (id int generated always as identity primary key, v text);
create table u (id int primary key, v text);
insert into t (v) values ('a'), ('b'); insert into u values (1, 'a');
-- change
alter table t set schema side;
truncate u;
-- change
delete from side.t;
-- change
drop table side.t;
drop table u;
