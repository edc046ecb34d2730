-- expect: stopped: "public"."c" is not the table that the run changed
-- setup
create table c (id int primary key, v int);
-- change
alter table c alter v set default 5;
-- application
alter table c rename to c_old;
create table c (id int primary key, v int default 9);
