-- expect: restored
-- setup
create table base (id int not null, v int not null);
create table child () inherits (base);
insert into child values (1, 1);
-- change
alter table base alter v drop not null;
