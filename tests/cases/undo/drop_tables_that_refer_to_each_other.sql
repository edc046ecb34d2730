-- expect: restored
-- setup
create table a (id int primary key, b int, self int references a);
create table b (id int primary key, a int references a);
alter table a add foreign key (b) references b;
-- change
drop table a, b;
