-- expect: restored
-- setup
create table a (id int primary key, v text);
insert into a select i, 'v' || i from generate_series(1, 20) i;
-- change
create type mood as enum ('sad', 'glad');
create table b (id int primary key, a int references a, m mood);
-- change
insert into b select id, id, 'sad' from a;
alter table a add column m mood;
-- change
update a set m = 'glad' where id < 10;
update b set m = 'glad';
-- change
alter table b rename to c;
alter table c add column w text;
update a set m = 'sad' where id = 3;
-- change
update c set w = 'x' where id = 2;
delete from c where id = 5;
alter table c drop column a;
-- caveat: column order
