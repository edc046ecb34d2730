-- expect: restored
-- caveat: unlogged
-- setup
create table parent (id int primary key);
create table child (id int primary key, p int references parent);
create table grandchild (id int primary key, c int references child);
create unlogged table up (id int primary key);
create unlogged table uc (id int primary key, p int references up);
-- change
alter table grandchild set unlogged;
alter table child set unlogged;
alter table parent set unlogged;
alter table up set logged;
alter table uc set logged;
