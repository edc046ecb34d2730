-- expect: restored
-- setup
create table root (id int primary key);
insert into root values (1);
-- change
create table parent (id int primary key, root int references root on delete cascade);
create table child (id int primary key, parent int references parent, self int references child deferrable initially deferred);
alter table parent add first_child int references child;
insert into parent values (1, 1);
insert into child values (1, 1, 2), (2, 1, 1);
update parent set first_child = 1;
