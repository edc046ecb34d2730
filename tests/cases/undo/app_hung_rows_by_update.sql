-- expect: conflict
-- conflict: referenced "public"."p" id = 10
-- setup
create table p (id int primary key, v text);
create table c1 (id int primary key, p int references p on delete cascade, v text);
insert into p values (1, 'x'); insert into c1 values (1, 1, 'x'), (2, 1, 'y');
-- change
insert into p values (10, 'x');
update c1 set v = 'changed' where id = 1;
-- application
update c1 set p = 10 where id = 1;
