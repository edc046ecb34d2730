-- expect: restored
-- setup
create domain d as int;
create table c (id int primary key, v d, w int);
insert into c values (1, -5, 1), (2, 2, 1), (3, -7, 1);
alter domain d add constraint pos check (value > 0) not valid;
-- change
update c set v = 5 where id = 1;
delete from c where id = 3;
