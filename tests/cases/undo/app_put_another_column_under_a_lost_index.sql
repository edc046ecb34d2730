-- expect: stopped: column v of "public"."c" is called z now
-- setup
create table c (id int primary key, v int);
create index c_v on c (v);
-- change
drop index c_v;
-- application
alter table c rename column v to z;
alter table c add column v int;
