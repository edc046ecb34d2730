-- expect: restored
-- setup
create schema a; create schema b;
create table a.t (id serial primary key, v text);
insert into a.t (v) values ('x');
create index on a.t (v);
create view a.v as select * from a.t;
create function a.f() returns int language sql as 'select 1';
-- change
alter table a.t set schema b;
alter view a.v set schema b;
update b.t set v = 'y';
