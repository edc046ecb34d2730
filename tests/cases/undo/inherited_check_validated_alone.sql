-- expect: refused: was altered by itself
-- setup
create table base (id int, constraint c check (id > 0) not valid);
create table child () inherits (base);
alter table base drop constraint c;
alter table base add constraint c check (id > 0) not valid;
-- change
alter table child validate constraint c;
