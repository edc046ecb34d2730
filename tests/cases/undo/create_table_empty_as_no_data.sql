-- expect: restored
-- setup
create table a (id int primary key, v text);
-- change
create table b as table a with no data;
create table c (like a including all);
