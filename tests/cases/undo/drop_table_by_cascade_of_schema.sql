-- expect: restored
-- setup
create schema s;
create table s.t (id int primary key, v text);
-- change
drop schema s cascade;
