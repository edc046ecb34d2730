-- expect: restored
-- setup
create schema s;
create type s.mood as enum ('a');
create table s.t (id serial primary key, m s.mood, n int);
create table s.u (id int primary key references s.t);
create view s.v as select id from s.t;
create function s.f() returns int language sql as 'select 1';
insert into s.t (m) values ('a');
-- change
alter schema s rename to r;
update r.t set m = null, n = 3;
alter table r.t drop column n;
alter table r.t add column k int default 5;
create table r.x (id int primary key);
insert into r.x values (1);
create function r.g() returns int language sql as 'select 1';
create or replace function r.f() returns int language sql as 'select 2';
create or replace view r.v as select id, m from r.t;
create type r.w as enum ('w');
