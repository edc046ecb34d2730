-- expect: restored
-- setup
create table a (id int primary key, n int default 5);
-- change
create sequence s;
alter table a alter column n set default nextval('s');
insert into a (id) values (1), (2);
