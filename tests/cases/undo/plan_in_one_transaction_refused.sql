-- expect: refused: large objects
-- transaction: plan
-- setup
create table a (id int primary key, v text);
insert into a values (1, 'a');
-- change
update a set v = 'b';
-- change
select lo_create(0);
