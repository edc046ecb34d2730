-- expect: restored
-- setup
create table kept (id int primary key);
-- change
create type span as range (subtype = int);
